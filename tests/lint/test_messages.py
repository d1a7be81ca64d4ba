#!/usr/bin/python3
"""messages.py finds each way in which a message could come to print what it must not."""

import contextlib
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import messages  # noqa: E402

TREE = pathlib.Path(__file__).resolve().parents[2]
WRITERS = ("digest.c", "digest_words.c", "digest_text.c", "digest_html.c", "digest_calendar.c")
ENGINE = ("casefile.c", "civil.c", "arena.c", "ensure.c")


class Messages(unittest.TestCase):
    """Each test plants one fault into a copy of the writers of messages."""

    @classmethod
    def setUpClass(cls):
        cls.space = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.space.name)
        engine = cls.root / "engine"
        engine.mkdir()
        for name in ENGINE:
            cls.compile(TREE, TREE / "daemon/engine" / name, engine / name.replace(".c", ".o"))
        cls.engine = list(engine.glob("*.o"))

    @classmethod
    def tearDownClass(cls):
        cls.space.cleanup()

    @staticmethod
    def compile(tree, source, target):
        subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-fPIE", "-w", "-I", str(tree / "include"), "-c", str(source),
                        "-o", str(target)], check=True)

    def lint(self, plant=None, more=None):
        """What messages.py says of the writers with `plant` ({path: (old, new) or a list of them}) in them and `more` ({name: text}) beside them."""
        tree = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        shutil.copytree(TREE / "include", tree / "include")
        shutil.copytree(TREE / "daemon/app", tree / "daemon/app")
        for path, changes in (plant or {}).items():
            text = (tree / path).read_text()
            for old, new in changes if isinstance(changes, list) else [changes]:
                self.assertIn(old, text, "the plant finds no ground")
                text = text.replace(old, new)
            (tree / path).write_text(text)
        for name, text in (more or {}).items():
            (tree / "daemon/app" / name).write_text(text)
        build = tree / "build"
        build.mkdir()
        for name in (*WRITERS, *(more or {})):
            self.compile(tree, tree / "daemon/app" / name, build / name.replace(".c", ".o"))
        for archive, objects in (("libapp.a", build.glob("*.o")), ("libengine.a", self.engine)):
            subprocess.run(["ar", "rcs", str(build / archive), *map(str, objects)], check=True)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = messages.main([str(tree), "--build", str(build)])
        return status, output.getvalue()

    def finds(self, words, plant=None, more=None):
        status, output = self.lint(plant, more)
        self.assertIn(words, output)
        self.assertEqual(status, 1)

    def test_the_messages_as_they_are_pass(self):
        status, output = self.lint()
        self.assertEqual(status, 0, output)
        self.assertIn("nothing else can be printed", output)

    def test_a_field_for_narrative_in_a_row(self):
        self.finds("digest_row.narrative (char*) is not among",
                   {"include/mappad/digest.h": ("        enum digest_doubt doubt;\n", "        enum digest_doubt doubt;\n        const char *narrative;\n")})

    def test_a_number_that_is_on_no_list(self):
        self.finds("digest_row.born (int32_t) is not among",
                   {"include/mappad/digest.h": ("        enum digest_doubt doubt;\n", "        enum digest_doubt doubt;\n        int32_t born;\n")})

    def test_text_in_the_place_of_a_reference(self):
        self.finds("digest_row.reference (char*) is not among",
                   {"include/mappad/digest.h": ("        struct digest_reference reference;      /*", "        const char *reference;      /*"),
                    "daemon/app/digest.c": ("strcmp(a->reference.text, b->reference.text)", "strcmp(a->reference, b->reference)"),
                    "daemon/app/digest_words.c": ("scope->row->reference.text", "scope->row->reference"),
                    "daemon/app/digest_text.c": ("rows[i]->reference.text", "rows[i]->reference"),
                    "daemon/app/digest_html.c": ("row->reference.text[0]", "row->reference[0]"),
                    "daemon/app/digest_calendar.c": (".reference = event->reference", ".reference = event->reference.text")})

    def test_a_case_behind_a_pointer_of_the_law(self):
        self.finds("struct casefile can be reached",
                   {"include/mappad/rule.h": ("        bool urgent;\n        const char *file; int line;\n};\n\nstruct rule {",
                                              "        bool urgent;\n        struct casefile *casefile;\n        const char *file; int line;\n};\n\nstruct rule {")})

    def test_an_untyped_pointer(self):
        self.finds("an untyped pointer can be reached",
                   {"include/mappad/digest.h": ("        struct digest_diary diary; ", "        void *context;\n        struct digest_diary diary; ")})

    def test_a_function_to_ask(self):
        self.finds("a function can be reached",
                   {"include/mappad/digest.h": ("        struct digest_diary diary; ",
                                                "        const char *(*ask)(int what);\n        struct digest_diary diary; ")})

    def test_a_template_with_a_field_that_is_none(self):
        self.finds("prints {narrative}, which is no field",
                   {"daemon/app/digest_words.c": ('"plan by {plan-by}"', '"plan by {plan-by} {narrative}"')})

    def test_a_field_of_another_kind(self):
        self.finds("the field narrative is of the kind narrative",
                   {"daemon/app/digest_words.h": ("#define KIND_COUNT 8", "#define KIND_COUNT 9\n#define KIND_NARRATIVE 8"),
                    "daemon/app/digest_words.c": [('        {"sender", KIND_SENDER, put_sender},\n',
                                                   '        {"narrative", KIND_NARRATIVE, put_sender},\n        {"sender", KIND_SENDER, put_sender},\n'),
                                                  ('[KIND_INSTANT] = "instant"', '[KIND_INSTANT] = "instant", [KIND_NARRATIVE] = "narrative"')]})

    def test_a_writer_that_asks_the_record(self):
        self.finds("digest_text.o calls store_alert_get, which a writer",
                   {"daemon/app/digest_text.c": ("        put_head(&writer, model);\n",
                                                 "        extern int store_alert_get(void);\n        digest_repeat(&writer, ' ', (size_t)store_alert_get());\n"
                                                 "        put_head(&writer, model);\n")})

    def test_a_writer_that_reads_a_file(self):
        self.finds("digest_html.o calls fopen, which a writer",
                   {"daemon/app/digest_html.c": ("        put_head(&writer, model, subject);\n",
                                                 "        extern void *fopen(const char *, const char *);\n        digest_raw(&writer, fopen(subject, subject));\n"
                                                 "        put_head(&writer, model, subject);\n")})

    def test_a_writer_that_remembers(self):
        self.finds("digest.o keeps kept between two messages",
                   {"daemon/app/digest.c": ("size_t digest_columns(", "const char *kept;\nsize_t digest_columns(")})

    def test_another_way_into_the_outbox(self):
        self.finds("shortcut.o puts messages into the outbox past deliver.o", None,
                   {"shortcut.c": "int store_message_add(void);\nint shortcut(void);\nint shortcut(void)\n{\n        return store_message_add();\n}\n"})

    def test_words_of_a_message_from_elsewhere(self):
        self.finds("shortcut.o writes words of a message by itself (digest_put)", None,
                   {"shortcut.c": "void digest_put(void *, const char *);\nvoid shortcut(void *);\nvoid shortcut(void *writer)\n{\n"
                                  "        digest_put(writer, \"a name\");\n}\n"})


if __name__ == "__main__":
    unittest.main()
