"""The procedures in GIMP without a window: inside.py, each of its tests as one here."""

import json
import shutil
import unittest

from editor import HERE, PICTURE, console, home


def load_tests(*_):
    folder = home()
    try:
        results = folder / "results.json"
        script = HERE / "inside.py"
        said = console(script, folder, RESULTS=str(results), PICTURE=str(PICTURE))
        outcomes = json.loads(results.read_text()) if results.exists() else {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert len(outcomes) >= 20, f"GIMP ran {len(outcomes)} tests only:\n{said[-3000:]}"

    def as_test(name, error):
        def run():
            assert error is None, error

        return unittest.FunctionTestCase(run, description=name)

    return unittest.TestSuite(as_test(*outcome) for outcome in outcomes.items())
