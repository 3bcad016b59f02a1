"""The procedures in GIMP without a window. Each test in inside.py is one test here."""

import json
import re
import shutil
import unittest

from desktop import PICTURE, ROOT
from editor import HERE, console, home, scheme

DUCK = (427, 118, 602, 301)  # left, top, right, bottom; a selection's edges are soft
README = ROOT / "plugins/gimp/README.md"
SCHEME = f"""(gimp-file-load RUN-NONINTERACTIVE "{PICTURE}")
%s
(let ((found (gimp-selection-bounds (vector-ref (car (gimp-get-images)) 0))))
  (gimp-message (apply string-append "bounds" (map
    (lambda (bound) (string-append " " (number->string bound))) (cdr found)))))
"""


def example(language):
    """The README's example in a language."""
    return README.read_text().split(f"```{language}\n")[1].split("```")[0]


def load_tests(*_):
    folder = home()
    try:
        said = scheme(SCHEME % example("scheme"), folder)
        found = re.search(r"bounds (\d+) (\d+) (\d+) (\d+)", said)
        bounds = map(int, found.groups()) if found else ()
        off = [abs(bound - duck) for bound, duck in zip(bounds, DUCK)]
        assert off and max(off) <= 8, f"the example in Script-Fu:\n{said}"
        results = folder / "results.json"
        script = HERE / "inside.py"
        known = {"RESULTS": str(results), "PICTURE": str(PICTURE)}
        said = console(script, folder, **known, EXAMPLE=example("python"))
        outcomes = json.loads(results.read_text()) if results.exists() else {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert len(outcomes) >= 20, f"GIMP ran {len(outcomes)} tests only:\n{said[-3000:]}"

    def as_test(name, error):
        def run():
            assert error is None, error

        return unittest.FunctionTestCase(run, description=name)

    return unittest.TestSuite(as_test(*outcome) for outcome in outcomes.items())
