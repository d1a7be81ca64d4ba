# The demonstration: a unit's caseload, a daemon under a test clock, a mail sink. All of it in $(BUILD)/demo.

demo: ## install what is missing, build, and show a week of a MAPPA unit
	scripts/setup demo
	+$(MAKE) --no-print-directory -s $(ALL_JOBS) all
	/usr/bin/python3 demo/demo.py start $(BUILD)

demo-stop: ## end the demonstration's daemon and mail sink
	/usr/bin/python3 demo/demo.py stop $(BUILD)

.PHONY: demo demo-stop
