; The twenty rules for CLIPS. Days are numbers; bench_clips.c asserts cases and events, and provides add-months and owe.
; A fact is made of what a case comes down to (last, place, subject, release), then each rule is read off these.
; salience: what later rules deny must be complete before they look.

(defglobal ?*today* = 0)

(deftemplate case (slot id) (slot category) (slot opened) (slot of-age) (slot window))
(deftemplate event (slot case) (slot kind) (slot on) (slot eid) (slot value))
(deftemplate last (slot case) (slot kind) (slot on) (slot value))
(deftemplate place (slot case) (slot status) (slot via) (slot since))
(deftemplate subject (slot case) (slot status) (slot level) (slot via) (slot since) (slot start))
(deftemplate release (slot case) (slot since) (slot on) (slot three) (slot six) (slot eight))

(defrule last
  (declare (salience 20))
  (event (case ?c) (kind ?k) (on ?d) (eid ?e) (value ?v))
  (not (event (case ?c) (kind ?k) (on ?d2) (eid ?e2&:(or (> ?d2 ?d) (and (= ?d2 ?d) (> ?e2 ?e))))))
  (not (event (case ?c) (kind exit)))
  =>
  (assert (last (case ?c) (kind ?k) (on ?d) (value ?v))))

(defrule place
  (declare (salience 20))
  (event (case ?c) (kind ?k&custody|community|release|recall) (on ?d) (eid ?e))
  (not (event (case ?c) (kind custody|community|release|recall) (on ?d2)
              (eid ?e2&:(or (> ?d2 ?d) (and (= ?d2 ?d) (> ?e2 ?e))))))
  (not (event (case ?c) (kind exit)))
  =>
  (assert (place (case ?c) (status (if (or (eq ?k custody) (eq ?k recall)) then custody else community)) (via ?k) (since ?d))))

(defrule subject
  (declare (salience 10))
  (place (case ?c) (status ?s) (via ?v) (since ?p))
  (last (case ?c) (kind level) (on ?l) (value ?level))
  =>
  (assert (subject (case ?c) (status ?s) (level ?level) (via ?v) (since ?p) (start (max ?p ?l)))))

(defrule release
  (declare (salience 10))
  (place (case ?c) (status custody) (since ?s))
  (last (case ?c) (kind reldate) (on ?d&:(>= ?d ?s)) (value ?r))
  =>
  (assert (release (case ?c) (since ?s) (on ?r) (three (add-months ?r -3)) (six (add-months ?r -6)) (eight (add-months ?r -8)))))

; The later of the last event of a kind and the day on which the case came to stand as it does.

(defrule r01
  (subject (case ?c) (status community) (level 3) (start ?s))
  (or (last (case ?c) (kind meeting) (on ?a&:(> ?a ?s)))
      (and (subject (case ?c) (start ?a)) (not (last (case ?c) (kind meeting) (on ?m&:(> ?m ?a))))))
  => (owe ?c 1 (+ ?a 56)))

(defrule r02
  (subject (case ?c) (status community) (level 2) (start ?s))
  (or (last (case ?c) (kind meeting) (on ?a&:(> ?a ?s)))
      (and (subject (case ?c) (start ?a)) (not (last (case ?c) (kind meeting) (on ?m&:(> ?m ?a))))))
  => (owe ?c 2 (+ ?a 112)))

(defrule r03
  (subject (case ?c) (status community) (level 1) (start ?s))
  (or (last (case ?c) (kind review) (on ?a&:(> ?a ?s)))
      (and (subject (case ?c) (start ?a)) (not (last (case ?c) (kind review) (on ?m&:(> ?m ?a))))))
  => (owe ?c 3 (add-months ?a 12)))

(defrule r08
  (case (id ?c) (category 1))
  (place (case ?c) (status community) (since ?s))
  (or (last (case ?c) (kind notify) (on ?a&:(> ?a ?s)))
      (and (place (case ?c) (since ?a)) (not (last (case ?c) (kind notify) (on ?m&:(> ?m ?a))))))
  => (owe ?c 8 (add-months ?a 12)))

(defrule r13
  (subject (case ?c) (level 2|3) (start ?s))
  (or (last (case ?c) (kind assess) (on ?a&:(> ?a ?s)))
      (and (subject (case ?c) (start ?a)) (not (last (case ?c) (kind assess) (on ?m&:(> ?m ?a))))))
  => (owe ?c 13 (add-months ?a 6)))

(defrule r15
  (subject (case ?c) (status community) (level 3) (start ?s))
  (or (last (case ?c) (kind visit) (on ?a&:(> ?a ?s)))
      (and (subject (case ?c) (start ?a)) (not (last (case ?c) (kind visit) (on ?m&:(> ?m ?a))))))
  => (owe ?c 15 (+ ?a 28)))

(defrule r16
  (subject (case ?c) (status community) (level 2) (start ?s))
  (or (last (case ?c) (kind visit) (on ?a&:(> ?a ?s)))
      (and (subject (case ?c) (start ?a)) (not (last (case ?c) (kind visit) (on ?m&:(> ?m ?a))))))
  => (owe ?c 16 (add-months ?a 3)))

; Owed once, until something was done.

(defrule r04
  (subject (case ?c) (via community) (level 2|3) (since ?s))
  (not (last (case ?c) (kind meeting) (on ?m&:(>= ?m ?s))))
  => (owe ?c 4 (+ ?s 28)))

(defrule r05
  (release (case ?c) (on ?r) (six ?six&:(>= ?*today* ?six)))
  (last (case ?c) (kind level) (value 2|3))
  (not (last (case ?c) (kind planmeet) (on ?m&:(>= ?m ?six))))
  => (owe ?c 5 ?r))

(defrule r06
  (release (case ?c) (since ?s) (six ?six) (eight ?eight&:(>= ?*today* ?eight)))
  (not (last (case ?c) (kind level) (on ?m&:(>= ?m ?s))))
  => (owe ?c 6 ?six))

(defrule r07
  (place (case ?c) (via recall) (since ?s))
  (not (last (case ?c) (kind meeting) (on ?m&:(>= ?m ?s))))
  => (owe ?c 7 (+ ?s 28)))

(defrule r09
  (case (id ?c) (category 1))
  (place (case ?c) (status community) (since ?s))
  (not (last (case ?c) (kind notify) (on ?m&:(>= ?m ?s))))
  => (owe ?c 9 (+ ?s 3)))

(defrule r10
  (case (id ?c) (category 1))
  (place (case ?c) (status community))
  (last (case ?c) (kind address) (on ?a))
  (not (last (case ?c) (kind notify) (on ?m&:(>= ?m ?a))))
  => (owe ?c 10 (+ ?a 3)))

(defrule order-ends
  (declare (salience 10))
  (last (case ?c) (kind order) (on ?d) (value ?months))
  =>
  (bind ?x (add-months ?d ?months))
  (assert (order-ends ?c ?x (add-months ?x -3))))

(defrule r11
  (order-ends ?c ?x ?opens&:(>= ?*today* ?opens))
  (not (last (case ?c) (kind ordreview) (on ?m&:(>= ?m ?opens))))
  => (owe ?c 11 (- ?x 28)))

(defrule r12
  (place (case ?c) (status community) (since ?s))
  (not (last (case ?c) (kind assess) (on ?m&:(>= ?m ?s))))
  => (owe ?c 12 (+ ?s 15)))

(defrule r14
  (last (case ?c) (kind meeting) (on ?a))
  (not (last (case ?c) (kind minutes) (on ?m&:(>= ?m ?a))))
  => (owe ?c 14 (+ ?a 20)))

(defrule r17
  (release (case ?c) (on ?r) (three ?three&:(>= ?*today* ?three)))
  (not (last (case ?c) (kind victim) (on ?m&:(>= ?m ?three))))
  => (owe ?c 17 (- ?r 28)))

(defrule r18
  (last (case ?c) (kind referral) (on ?a))
  (not (last (case ?c) (kind level) (on ?m&:(>= ?m ?a))))
  => (owe ?c 18 (+ ?a 10)))

(defrule r19
  (last (case ?c) (kind breach) (on ?a))
  (not (last (case ?c) (kind meeting|recall) (on ?m&:(>= ?m ?a))))
  => (owe ?c 19 (+ ?a 5)))

(defrule r20
  (case (id ?c) (opened ?o) (of-age ?d&:(>= ?d ?o)) (window ?w&:(>= ?*today* ?w)))
  (not (event (case ?c) (kind exit)))
  (not (last (case ?c) (kind transfer) (on ?m&:(>= ?m ?w))))
  => (owe ?c 20 ?d))
