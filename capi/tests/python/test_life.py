"""deepcrop.py: loading, threads, cancelling, messages, memory, and the end."""

import gc
import os
import shutil
import sys
import threading
import time
import unittest
import weakref

from common import (
    DISC,
    HEIGHT,
    LIBRARY,
    MODULE,
    RUNTIME,
    SCRATCH,
    WIDTH,
    compiled,
    deepcrop,
    image,
    python,
)
from deepcrop import Cancel, Error, Mask, Model, ModelOptions, Picture, Status, include

OTHER_ABI = "unsigned deepcrop_abi_version(void) { return 7; }\n"
OLDER = "unsigned deepcrop_abi_version(void) { return 1; }\n"
NO_LIBRARY = "int nothing;\n"
# Sixty clicks take far longer than it takes to raise a flag.
CLICKS = [
    deepcrop.exclude(5 + i, 5) if i % 2 else include(60 + i % 20, 60) for i in range(60)
]
LOAD = """
import deepcrop
try:
    deepcrop.load()
except deepcrop.Error as error:
    print(int(error.status), error)
else:
    print(deepcrop.load().place)
"""


class Loading(unittest.TestCase):
    def setUp(self):
        self.folder = SCRATCH / self.id()
        self.folder.mkdir()
        shutil.copy(MODULE / "deepcrop.py", self.folder)

    def loaded(self, script=LOAD, **environment):
        """What the script says with the copy of the module, and no other library."""
        # cargo has the loader look into target/ too.
        paths = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
        nowhere = dict.fromkeys(("DEEPCROP_LIBRARY", *paths), "")
        environment = {**nowhere, **environment}
        script = f"import sys; sys.path.insert(0, {str(self.folder)!r})\n{script}"
        return python(script, **environment).strip()

    def name(self):
        return {"win32": "deepcrop.dll", "darwin": "libdeepcrop.dylib"}.get(
            sys.platform, "libdeepcrop.so"
        )

    def test_a_missing_library_is_a_sentence(self):
        said = self.loaded()
        for words in ("4 DeepCrop's library cannot be loaded", "beside deepcrop.py"):
            self.assertIn(words, said)
        self.assertIn("Searched: ", said)
        for words in ("DEEPCROP_LIBRARY", str(self.folder / "lib"), "the system"):
            self.assertIn(words, said)
        said = self.loaded(DEEPCROP_LIBRARY="/nothing/here.so")
        self.assertIn("/nothing/here.so", said)
        self.assertNotIn("Searched", said)

    @unittest.skipUnless(sys.platform == "linux", "other systems check this themselves")
    def test_a_library_that_is_cut_off_is_a_sentence(self):
        whole = compiled(OTHER_ABI, "whole").read_bytes()
        cut = self.folder / self.name()
        for size in (3, 63, 200, 5000):
            cut.write_bytes(whole[:size])
            said = self.loaded()
            self.assertIn("4 DeepCrop's library cannot be loaded", said)
            self.assertTrue("cut off or damaged" in said or "too short" in said, said)
        os.mkfifo(self.folder / "pipe")
        said = self.loaded(DEEPCROP_LIBRARY=str(self.folder / "pipe"))
        self.assertIn("it is not a file", said)

    def test_nothing_needs_the_library_before_it_is_used(self):
        script = """
import deepcrop
deepcrop.include(1, 2), deepcrop.Image(bytes(3), 1, 1), deepcrop.ModelOptions()
for make in (deepcrop.Model, deepcrop.Cancel, deepcrop.version):
    try:
        make()
    except deepcrop.Error as error:
        assert error.status == deepcrop.Status.FILE
    else:
        raise AssertionError(make)
print(deepcrop.report().splitlines()[1][:40])
"""
        self.assertIn("does not work: DeepCrop's library", self.loaded(script))

    def test_sentences_name_the_file_as_it_is_called(self):
        package = self.folder / "plugin"
        package.mkdir()
        shutil.copy(MODULE / "deepcrop.py", package / "binding.py")
        script = LOAD.replace(
            "import deepcrop", "from plugin import binding as deepcrop"
        )
        self.assertIn("beside binding.py", self.loaded(script))
        for text in (OTHER_ABI, OLDER):
            library = compiled(text, f"other{len(text)}")
            said = self.loaded(script, DEEPCROP_LIBRARY=str(library))
            self.assertIn("this binding.py", said)

    def test_another_interface_is_refused(self):
        for text, words in (
            (OTHER_ABI, "has ABI number 7, but this deepcrop.py needs 1"),
            (OLDER, "is older than this deepcrop.py: it has no deepcrop_version"),
            (NO_LIBRARY, "is not DeepCrop's library"),
        ):
            library = compiled(text, f"other{len(text)}")
            with self.subTest(words=words):
                self.assertIn(words, self.loaded(DEEPCROP_LIBRARY=str(library)))
                # Beside the module too: what lies there is what somebody wants.
                shutil.copy(library, self.folder / self.name())
                said = self.loaded()
                self.assertIn(words, said)
                self.assertTrue(said.startswith("4 "), said)

    def test_where_it_is_looked_for(self):
        for part in ("bin", "lib", "."):
            (self.folder / part).mkdir(exist_ok=True)
            place = self.folder / part / self.name()
            self.lay(place)
            self.assertEqual(self.loaded(), str(self.folder / part / self.name()))
        self.assertEqual(self.loaded(DEEPCROP_LIBRARY=LIBRARY), LIBRARY)
        chosen = LOAD.replace("load()", f"load({LIBRARY!r})", 1)
        self.assertEqual(self.loaded(chosen, DEEPCROP_LIBRARY="/nothing"), LIBRARY)
        # A file that is no library is told, with what the system says of it.
        (self.folder / self.name()).unlink()
        (self.folder / self.name()).write_text("This is a text.")
        self.assertEqual(self.loaded(), str(self.folder / "lib" / self.name()))

    def lay(self, place):
        """The library under another name: a link where that can be, for it is large."""
        library = os.path.realpath(LIBRARY)  # never a link to a link's name
        try:
            os.link(library, place)
        except OSError:
            shutil.copy(library, place)

    def test_another_path_comes_too_late(self):
        self.assertIs(deepcrop.load(), deepcrop.load(LIBRARY))
        with self.assertRaises(Error) as caught:
            deepcrop.load("/nothing/here.so")
        self.assertIn("already loaded", caught.exception.message)

    def test_the_runtime_is_found(self):
        # As Python's package brings it; and beside the module, which comes first.
        name = os.path.basename(os.path.realpath(RUNTIME))
        package = self.folder / "packages" / "onnxruntime"
        script = "import deepcrop; print(deepcrop.Model().info.runtime)"
        for folder in (package / "capi", self.folder / "lib"):
            folder.mkdir(parents=True)
            (package / "__init__.py").touch()
            shutil.copy(RUNTIME, folder / name)
            path = f"import sys; sys.path.insert(0, {str(package.parent)!r})\n"
            found = {"DEEPCROP_LIBRARY": LIBRARY, "DEEPCROP_ONNXRUNTIME": ""}
            said = self.loaded(path + script, **found)
            self.assertIn(str(folder / name), said)
        found["DEEPCROP_ONNXRUNTIME"] = RUNTIME
        said = self.loaded(path + script, **found)
        self.assertNotIn(str(self.folder), said)

    def test_a_network_beside_the_module_is_found(self):
        source = MODULE.parents[1] / "models/click.onnx"
        (self.folder / "models").mkdir()
        shutil.copy(source, self.folder / "models" / "mine.onnx")
        script = """
import deepcrop
for name in ("mine", "mine.onnx"):
    print(deepcrop.Model(name).info.family)
try:
    deepcrop.Model("yours")
except deepcrop.Error as error:
    print(error)
"""
        said = self.loaded(script, DEEPCROP_LIBRARY=LIBRARY).splitlines()
        self.assertEqual(said[:2], ["click_map"] * 2)
        self.assertIn("yours", said[2])

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_a_forked_process_is_told(self):
        script = """
import deepcrop, os
deepcrop.load()
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    try:
        deepcrop.version()
    except deepcrop.Error as error:
        print(error, flush=True)
    os._exit(0)  # Python 3.8 cannot end a forked process under -X dev
"""
        said = self.loaded(script, DEEPCROP_LIBRARY=LIBRARY)
        self.assertIn("was forked after DeepCrop was loaded", said)


class Cancelling(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = [Model(), Model.classical()]

    def test_progress(self):
        for model in self.models:
            heard = []
            cancel = Cancel(lambda *told, heard=heard: heard.append(told))
            picture = Picture(model, image(), cancel)
            fractions = [fraction for fraction, _ in heard]
            self.assertEqual(fractions, sorted(fractions))
            self.assertEqual(fractions[-1], 1)
            self.assertTrue(all(isinstance(doing, str) and doing for _, doing in heard))
            heard.clear()
            picture.segment([include(60, 60)], cancel=cancel)
            self.assertTrue(heard)
            heard.clear()
            cancel.on_progress(None)
            picture.segment([include(70, 60)], cancel=cancel)
            self.assertEqual(heard, [])
            others = []
            cancel.on_progress(lambda *told, others=others: others.append(told))
            picture.segment([include(75, 60)], cancel=cancel)
            self.assertTrue(others)

    def test_a_raised_flag_stops_calls_until_it_is_reset(self):
        cancel = Cancel()
        mask, click = Mask(DISC, WIDTH, HEIGHT), [include(60, 60)]
        for model in self.models:
            cancel.raise_()
            picture = Picture(model, image())
            for call, *arguments in (
                (Picture, model, image()),
                (picture.segment, click),
                (picture.candidates, click),
                (picture.subject,),
                (mask.refined, image(), 8),
            ):
                with self.assertRaises(Error) as caught:
                    call(*arguments, cancel=cancel)
                self.assertEqual(caught.exception.status, Status.CANCELLED)
            with self.assertRaises(Error) as caught:
                Model(None, ModelOptions(cancel=cancel))
            self.assertEqual(caught.exception.status, Status.CANCELLED)
            cancel.reset()
            self.assertGreater(picture.segment(click, cancel=cancel).area, 0)

    def test_what_progress_raises_comes_out(self):
        def enough(_fraction, _doing):
            raise LookupError("enough")

        for model in self.models:
            cancel = Cancel(enough)
            with self.assertRaisesRegex(LookupError, "enough"):
                Picture(model, image(), cancel)
            cancel.on_progress(None)
            picture = Picture(model, image(), cancel)  # the flag is down again
            self.assertGreater(picture.segment([include(60, 60)]).area, 0)
        with self.assertRaisesRegex(LookupError, "enough"):
            Model(None, ModelOptions(cancel=Cancel(enough)))

        def close(_fraction, _doing):
            cancel.close()
            raise LookupError("closed")

        cancel = Cancel(close)
        with self.assertRaisesRegex(LookupError, "closed"):
            Picture(model, image(), cancel)

    def test_from_another_thread(self):
        for model in self.models:
            picture = Picture(model, image())
            running, outcome = threading.Event(), []
            cancel = Cancel(lambda *_, running=running: running.set())

            def click(picture=picture, cancel=cancel, outcome=outcome):
                try:
                    picture.segment(CLICKS, cancel=cancel)
                except Error as error:
                    outcome.append((error.status, time.monotonic()))

            thread = threading.Thread(target=click)
            thread.start()
            self.assertTrue(running.wait(30))
            raised = time.monotonic()
            cancel.raise_()
            thread.join(30)
            ((status, ended),) = outcome
            self.assertEqual(status, Status.CANCELLED)
            self.assertLess(ended - raised, 1)  # milliseconds on an idle machine

    def test_a_newer_click_supersedes_an_older_one(self):
        for model in self.models:
            picture = Picture(model, image())
            wanted = bytes(picture.segment([include(60, 60)]).pixels)
            running, outcome = threading.Event(), []
            older = Cancel(lambda *_, running=running: running.set())

            def click(picture=picture, older=older, outcome=outcome):
                try:
                    outcome.append(picture.segment(CLICKS, cancel=older))
                except Error as error:
                    outcome.append(error.status)

            thread = threading.Thread(target=click)
            thread.start()
            self.assertTrue(running.wait(30))
            older.raise_()
            newer = picture.segment([include(60, 60)], cancel=Cancel())
            thread.join(30)
            self.assertEqual(outcome, [Status.CANCELLED])
            self.assertEqual(bytes(newer.pixels), wanted)


class Threads(unittest.TestCase):
    def test_calls_let_other_threads_run(self):
        inside, go_on = threading.Event(), threading.Event()

        def wait(_fraction, _doing):
            inside.set()
            self.assertTrue(go_on.wait(30))

        made = []
        cancel, model = Cancel(wait), Model.classical()

        def make(model=model, cancel=cancel):
            made.append(Picture(model, image(), cancel))

        thread = threading.Thread(target=make)
        thread.start()
        self.assertTrue(inside.wait(30))
        # Everything that the call got is closed while it runs.
        model.close()
        cancel.close()
        del cancel
        gc.collect()
        go_on.set()
        thread.join(30)
        self.assertGreater(made[0].segment([include(60, 60)]).area, 0)

    def test_one_model_for_many_threads(self):
        for model in (Model(), Model.classical()):
            wanted = bytes(Picture(model, image()).segment(CLICKS[:6]).pixels)
            got = []

            def click(model=model, got=got):
                picture = Picture(model, image())
                got.append(bytes(picture.segment(CLICKS[:6]).pixels))

            threads = [threading.Thread(target=click) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            self.assertEqual(got, [wanted] * 4)

    def test_closing_and_using_race_without_harm(self):
        for _ in range(30):
            mask = Mask(DISC, WIDTH, HEIGHT)
            outcomes = []

            def use(mask=mask, outcomes=outcomes):
                try:
                    for _ in range(20):
                        outcomes.append(mask.combined(mask, 2).area)
                except Error as error:
                    outcomes.append(error.status)

            threads = [threading.Thread(target=use) for _ in range(3)]
            for thread in threads:
                thread.start()
            mask.close()
            for thread in threads:
                thread.join(30)
            area = DISC.count(255)
            self.assertLessEqual(set(outcomes), {area, Status.ARGUMENT})


class Messages(unittest.TestCase):
    def tearDown(self):
        deepcrop.set_log(None)

    def fall_back(self):
        Model(None, ModelOptions(fall_back=True, runtime="/nothing/here.so"))

    def test_log(self):
        heard = []
        deepcrop.set_log(lambda *told: heard.append(told))
        self.fall_back()
        ((level, message),) = heard
        self.assertEqual(level, deepcrop.LogLevel.WARNING)
        self.assertIn("ONNX Runtime", message)
        deepcrop.set_log(None)
        self.fall_back()
        self.assertEqual(len(heard), 1)

    def test_what_a_log_raises_stops_nothing(self):
        def bad(_level, _message):
            raise LookupError("in the log")

        caught = []
        hook, sys.unraisablehook = sys.unraisablehook, caught.append
        try:
            deepcrop.set_log(bad)
            self.fall_back()
        finally:
            sys.unraisablehook = hook
        self.assertIsInstance(caught[0].exc_value, LookupError)


def resident():
    """Bytes of memory that this process has, or None where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


class Memory(unittest.TestCase):
    def work(self, model):
        """One of every handle; a mask of a megabyte, too."""
        cancel = Cancel(lambda *_: None)
        picture = Picture(model, image(), cancel)
        mask = picture.segment([include(60, 60)], cancel=cancel)
        pixels = mask.pixels
        outline, runs = mask.outline(), mask.run_lengths()
        large = Mask(bytearray(1 << 20), 1024, 1024).grown(0)
        cut = deepcrop.cutout(image(), mask)
        assert outline.rings and runs.counts and pixels and cut.data and large.pixels
        try:
            picture.segment([include(-1, 0)])
        except Error:
            pass

    def test_hundreds_of_handles_leave_nothing(self):
        model = Model.classical()
        with model:
            for _ in range(20):
                self.work(model)
            gc.collect()
            gc.disable()  # what only the collector can free is a leak here
            try:
                alive = len(weakref.finalize._registry)
                before = resident()
                for _ in range(300):
                    self.work(model)
                self.assertEqual(len(weakref.finalize._registry), alive)
                if before is not None:
                    self.assertLess(resident() - before, 24 << 20)
            finally:
                gc.enable()

    def test_models_leave_nothing(self):
        for _ in range(5):
            Model()
        before = resident()
        for _ in range(40):
            model = Model()
            self.assertGreater(len(model.info.name), 0)
        if before is not None:
            self.assertLess(resident() - before, 60 << 20)

    def test_a_handle_is_freed_once_and_at_once(self):
        freed = []
        library = deepcrop.load()
        true, library.deepcrop_mask_free = library.deepcrop_mask_free, freed.append
        try:
            mask = Mask(DISC, WIDTH, HEIGHT)
            pixels = mask.pixels
            mask.close()
            mask.close()
            del mask
            self.assertEqual(freed, [])
            del pixels
            self.assertEqual(len(freed), 1)
            with Mask(DISC, WIDTH, HEIGHT):
                self.assertEqual(len(freed), 1)
            self.assertEqual(len(freed), 2)
        finally:
            library.deepcrop_mask_free = true
        for pointer in freed:
            true(pointer)


USES = """
import sys, threading
from common import *
model = deepcrop.Model({name!r})
picture = deepcrop.Picture(model, image())
mask = picture.segment([deepcrop.include(60, 60)])
pixels, outline = mask.pixels, mask.outline()
"""


class Ends(unittest.TestCase):
    """Programs that end with 0 and without a word, whatever they left."""

    def ends(self, script):
        for name in (None, "classical"):
            said = python(USES.format(name=name) + script)
            self.assertEqual(said, "done\n")

    def test_without_freeing(self):
        self.ends("print('done')")

    def test_with_everything_in_a_cycle(self):
        self.ends("""
mask.cycle = picture.cycle = model.cycle = [mask, picture, model, pixels]
class Late:
    def __del__(self, mask=mask): mask.close()
late = Late()
sys.modules["late"] = late
print('done')""")

    def test_after_a_failure(self):
        script = (
            USES.format(name=None) + "print('done', flush=True)\nraise SystemExit(3)"
        )
        with self.assertRaisesRegex(AssertionError, ": 3\ndone\n$"):
            python(script)

    def test_who_begins_after_the_end_hears_nothing(self):
        # A thread that starts late: Python calls what was registered first at last.
        said = python("""
import atexit
def late():
    heard = []
    deepcrop.set_log(lambda *told: heard.append(told))
    cancel = deepcrop.Cancel(lambda *told: heard.append(told))
    model = deepcrop.Model(None, deepcrop.ModelOptions(cancel=cancel))
    deepcrop.Picture(model, image()).segment([deepcrop.include(60, 60)], cancel=cancel)
    print("late", heard)
atexit.register(late)
from common import *
deepcrop.version()
print("done")""")
        self.assertEqual(said, "done\nlate []\n")

    def test_while_daemon_threads_are_in_calls(self):
        self.ends("""
heard = threading.Event()
deepcrop.set_log(lambda *told: None)
clicks = [deepcrop.include(60 + i % 20, 60) for i in range(60)]
def work():
    cancel = deepcrop.Cancel(lambda *told: heard.set())
    try:
        while True:
            deepcrop.Picture(model, image()).segment(clicks, cancel=cancel)
    except deepcrop.Error as error:
        assert error.status == deepcrop.Status.CANCELLED
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
assert heard.wait(30)
print('done')""")


if __name__ == "__main__":
    unittest.main()
