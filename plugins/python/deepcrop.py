"""deepcrop.h for Python: click an object in a picture, get its outline.

    import deepcrop
    model = deepcrop.Model()
    image = deepcrop.Image(pixels, width, height, deepcrop.Format.RGBA8)
    picture = deepcrop.Picture(model, image)
    mask = picture.segment([deepcrop.include(300, 200), deepcrop.exclude(20, 20)])
    print(mask.score, mask.box, mask.outline().svg_path)

deepcrop.h is the manual: what it says about threads, coordinates and lifetimes holds
here too, and the names are those of deepcrop.hpp. Objects are freed when nothing
refers to them any more; `close` and `with` free them at once. Another thread may close
an object while a call uses it: the object is freed when the call has returned. Calls
that fail raise deepcrop.Error. Calls let other Python threads run.

This module needs Python 3.8 and no packages. load() says where it searches for the
library, ONNX Runtime and networks. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

import atexit
import ctypes
import glob
import importlib.util
import operator
import os
import platform
import struct
import sys
import threading
import weakref
from ctypes import POINTER, c_char_p, c_double, c_size_t, c_uint8, c_uint32, c_void_p
from enum import IntEnum
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Callable, Iterable, Mapping, Union

    Path = Union[str, bytes, "os.PathLike[str]"]
    Points = Iterable["tuple[float, float]"]

# --- deepcrop.h; a test compares what follows with it ---

ABI_VERSION = 1
MESSAGE_SIZE = 508
NO_PARENT = 4294967295

Status = IntEnum(
    "Status",
    "OK ARGUMENT IMAGE PROMPT FILE MODEL RUNTIME PROVIDER INFERENCE CANCELLED MEMORY "
    "INTERNAL",
    start=0,
)
LogLevel = IntEnum("LogLevel", "ERROR WARNING INFO DEBUG")
Provider = IntEnum("Provider", "AUTO CPU CUDA COREML DIRECTML OPENVINO", start=0)
Format = IntEnum("Format", "GRAY8 RGB8 RGBA8 BGRA8 RGBA16 RGBAF32 GRAY16 RGB16 RGBF32")
Change = IntEnum("Change", "GROW SHRINK FEATHER SMOOTH FILL_HOLES DROP_SPECKS INVERT")
Combine = IntEnum("Combine", "REPLACE ADD SUBTRACT INTERSECT")
Edges = IntEnum("Edges", "AUTO HARD SMOOTH HAIR NONE", start=0)
Kind = IntEnum("Kind", "INCLUDE EXCLUDE BOX LASSO SCRIBBLE SCRIBBLE_OUT MASK")

_C = {
    "nothing": None,
    "status": ctypes.c_int32,
    "u8": c_uint8,
    "u32": c_uint32,
    "u64": ctypes.c_uint64,
    "size": c_size_t,
    "f32": ctypes.c_float,
    "f64": c_double,
    "text": c_char_p,
    "chars": ctypes.c_char * MESSAGE_SIZE,
    "memory": c_void_p,
    "log_callback": ctypes.CFUNCTYPE(None, c_uint32, c_char_p, c_void_p),
    "progress_callback": ctypes.CFUNCTYPE(None, ctypes.c_float, c_char_p, c_void_p),
}

# Its structs, without `deepcrop_`: each with its fields and their types. Handles have
# no fields.
_STRUCTS = """
cancel:
mask:
model:
models:
objects:
outline:
picture:
report:
run_lengths:
error: status status, chars message
model_options: u32 struct_size provider threads fall_back, text runtime_path, \
    cancel* cancel, text matting_path, u32 no_disk_cache reserved, \
    log_callback log, memory log_user_data
model_info: u32 struct_size reserved, \
    text name family version licence provider provider_note runtime
installed_model: u32 struct_size has_record, \
    text name title licence source folder, u64 bytes
file_hash: text path sha256
import_options: u32 struct_size replace, text name title licence source, \
    file_hash* hashes, size hash_count
mask_info: u32 struct_size, f32 score, u32 width height x0 y0 x1 y1, u64 area, \
    f32 prepare_time network_time render_time edge_time
point: f64 x y
image: memory data, size stride, u32 width height format premultiplied
prompt: u32 kind reserved, f64 x y x1 y1, point* points, size point_count, mask* mask
segment_options: u32 struct_size no_closer_look no_guard edges
object: u32 struct_size label, text name, f32 score, u32 reserved, f64 x0 y0 x1 y1
outline_options: u32 struct_size straight, f64 tolerance smallest_area
node: f64 x y in_x in_y out_x out_y, u32 corner reserved
ring: u32 struct_size hole, point* points, size point_count, u32 parent reserved, \
    node* nodes, size node_count
box: u32 x0 y0 x1 y1
cutout_options: u32 struct_size reserved x y
canvas: memory data, size stride, u32 width height format premultiplied
"""

# Its functions, without `deepcrop_`: the types that they return and take.
_FUNCTIONS = """
u32 abi_version()
text version()
nothing log_set(log_callback, memory)
status cancel_new(cancel**, error*)
nothing cancel_raise(cancel*)
nothing cancel_reset(cancel*)
nothing cancel_on_progress(cancel*, progress_callback, memory)
nothing cancel_free(cancel*)
status model_load(text, model_options*, model**, error*)
status model_load_bytes(u8*, size, model_options*, model**, error*)
status model_describe(model*, model_info*, error*)
nothing model_free(model*)
status models_list(models**, error*)
size models_count(models*)
status models_describe(models*, size, installed_model*, error*)
status models_import(text*, size, import_options*, models**, error*)
status models_verify(text, error*)
status models_remove(text, size*, error*)
nothing models_free(models*)
status mask_new(u8*, size, u32, u32, mask**, error*)
u8* mask_pixels(mask*)
status mask_describe(mask*, mask_info*, error*)
status mask_change(mask*, u32, f64, mask**, error*)
status mask_keep_parts(mask*, point*, size, mask**, error*)
status mask_combine(mask*, mask*, u32, mask**, error*)
status mask_changed_since(mask*, mask*, box*, error*)
nothing mask_free(mask*)
status mask_refine(mask*, image*, f64, u32, cancel*, mask**, error*)
status segment(model*, image*, f64, f64, mask**, error*)
status picture_new(model*, image*, cancel*, picture**, error*)
status picture_segment(picture*, prompt*, size, segment_options*, cancel*, mask**, \
    error*)
status picture_candidates(picture*, prompt*, size, segment_options*, cancel*, mask**, \
    size, size*, error*)
nothing picture_free(picture*)
status picture_objects(picture*, segment_options*, cancel*, objects**, error*)
status picture_subject(picture*, segment_options*, cancel*, mask**, error*)
size objects_count(objects*)
status objects_describe(objects*, size, object*, error*)
status objects_mask(objects*, size, mask**, error*)
nothing objects_free(objects*)
status mask_outline(mask*, outline_options*, outline**, error*)
size outline_ring_count(outline*)
status outline_ring(outline*, size, ring*, error*)
text outline_svg_path(outline*)
text outline_json(outline*)
nothing outline_free(outline*)
status mask_run_lengths(mask*, run_lengths**, error*)
u32* run_lengths_counts(run_lengths*, size*)
text run_lengths_packed(run_lengths*)
text run_lengths_json(run_lengths*)
nothing run_lengths_free(run_lengths*)
status cutout_box(mask*, u32, box*, error*)
status cutout(image*, mask*, cutout_options*, canvas*, error*)
status doctor(text, cancel*, report**, error*)
text report_text(report*)
u32 report_works(report*)
nothing report_free(report*)
"""


def _type(name):
    """A type of ctypes: `mask**` is a pointer to a pointer to the struct `mask`."""
    return POINTER(_type(name[:-1])) if name.endswith("*") else _C[name]


def _lines(text):
    return text.replace("\\\n", "").strip().splitlines()


def _declare_structs():
    for name, fields in (line.split(":") for line in _lines(_STRUCTS)):
        groups = [group.split() for group in fields.split(",") if group.strip()]
        layout = [(field, _type(kind)) for kind, *names in groups for field in names]
        _C[name] = type("deepcrop_" + name, (ctypes.Structure,), {"_fields_": layout})


def _signatures():
    """The name of each function, the type that it returns and those that it takes."""
    for line in _lines(_FUNCTIONS):
        result, name, taken = line.rstrip(")").replace("(", " ", 1).split(" ", 2)
        arguments = [_type(one.strip()) for one in taken.split(",") if one.strip()]
        yield "deepcrop_" + name, _type(result), arguments


_declare_structs()


# --- the library ---


class Error(Exception):
    """A call failed. `message` says what went wrong and what to do about it."""

    def __init__(self, status: int, message: str):
        super().__init__(status, message)
        self.status = Status(status) if status in list(Status) else status
        self.message = message

    def __str__(self):
        return self.message


_HERE, _FILE = os.path.split(os.path.abspath(__file__))
_FOLDERS = [_HERE, os.path.join(_HERE, "lib"), os.path.join(_HERE, "bin")]
if sys.platform == "win32":
    _LIBRARY = ["deepcrop.dll"]
    _RUNTIME = ["onnxruntime.dll"]
elif sys.platform == "darwin":
    _LIBRARY = [f"libdeepcrop.{ABI_VERSION}.dylib", "libdeepcrop.dylib"]
    _RUNTIME = ["libonnxruntime.dylib", "libonnxruntime.*.dylib"]
else:
    _LIBRARY = [f"libdeepcrop.so.{ABI_VERSION}", "libdeepcrop.so"]
    _RUNTIME = ["libonnxruntime.so.1", "libonnxruntime.so", "libonnxruntime.so.1.*"]

_loading = threading.Lock()
_library: ctypes.CDLL | None = None


def _files(folders, names):
    """The files in these folders with one of these names, which may be patterns."""
    for folder in folders:
        for name in names:
            yield from sorted(glob.glob(os.path.join(glob.escape(folder), name)))


def load(path: Path | None = None) -> ctypes.CDLL:
    """Loads the library, which then stays loaded.

    Every other call loads it too. Call this to choose the library, or to check it.

    The library is `path`, else the path in the environment variable DEEPCROP_LIBRARY.
    Otherwise it is searched for beside this file, in `lib` and `bin` there, and in the
    system.

    ONNX Runtime is ModelOptions.runtime, else the path in the environment variable
    DEEPCROP_ONNXRUNTIME. Otherwise it is searched for beside this file, in `lib` and
    `bin` there, in the Python package `onnxruntime`, and then by the library itself: in
    the process, beside the library, in the system.

    A network is the path given to Model, else a file of that name beside this file or
    in `models` there (`.onnx` may be left out), else the network installed under that
    name (see the environment variable DEEPCROP_MODELS). The built-in network is part of
    the library.
    """
    global _library
    with _loading:
        if _library is None:
            library = _open(path)
            atexit.register(_fall_silent, library)
            _library = library
        elif path is not None and not _same(path, _library.place):
            raise Error(
                Status.ARGUMENT,
                f"DeepCrop is already loaded from {_library.place}; restart the "
                f"program to load {os.fsdecode(path)}",
            )
    if _library.process != os.getpid():
        raise Error(
            Status.ARGUMENT,
            "this process was forked after DeepCrop was loaded, which does not work; "
            "start a new one instead (multiprocessing: the method `spawn`)",
        )
    return _library


def _same(path, place):
    try:
        return os.path.samefile(path, place)
    except OSError:
        return False


def _open(path):
    chosen = path or os.environ.get("DEEPCROP_LIBRARY")
    if chosen:
        places = [os.path.abspath(os.fsdecode(chosen))]
    else:
        places = [*_files(_FOLDERS, _LIBRARY), *_LIBRARY]
    tried = []
    for place in places:
        try:
            _check_whole(place)
            library = ctypes.CDLL(place)
        except OSError as error:
            tried.append(str(error) if place in str(error) else f"{place}: {error}")
            continue
        _bind(library, place)
        library.place, library.process = place, os.getpid()
        return library
    searched = "" if chosen else f" Searched: {', '.join(_FOLDERS)}, the system."
    raise Error(
        Status.FILE,
        f"DeepCrop's library cannot be loaded ({'; '.join(tried)}); put {_LIBRARY[0]} "
        f"beside {_FILE}, or set DEEPCROP_LIBRARY to its path.{searched}",
    )


def _check_whole(place):
    """Refuses an ELF library that is cut off: the system would load it, and the first
    touch of what is missing would end the process. Other systems check this."""
    if not os.path.exists(place):
        return  # a name, for which the system searches
    if not os.path.isfile(place):
        raise OSError("it is not a file")
    with open(place, "rb") as file:
        head = file.read(64)
        if head[:4] != b"\x7fELF":
            return
        try:
            order, wide = "<>"[head[5] == 2], head[4] == 2
            table, sizes = ("Q", 32), ("HH", 54)
            segment = "IIQQQQQQ"  # type, flags, offset, two addresses, size in the file
            if not wide:
                table, sizes, segment = ("I", 28), ("HH", 42), "IIIIIIII"
            (start,) = struct.unpack_from(order + table[0], head, table[1])
            size, count = struct.unpack_from(order + sizes[0], head, sizes[1])
            file.seek(start)
            rows = file.read(size * count)
            end = start + size * count
            for at in range(0, size * count, size):
                row = struct.unpack_from(order + segment, rows, at)
                end = max(end, row[2] + row[5] if wide else row[1] + row[4])
        except (struct.error, IndexError, ValueError):
            end = None
    if end is None or end > os.path.getsize(place):
        raise OSError("the file is cut off or damaged; get it again")


def _bind(library, place):
    try:
        library.deepcrop_abi_version.restype = c_uint32
        number = library.deepcrop_abi_version()
    except AttributeError:
        sentence = (
            f"{place} is not DeepCrop's library; set DEEPCROP_LIBRARY to its path"
        )
        raise Error(Status.FILE, sentence) from None
    if number != ABI_VERSION:
        raise Error(
            Status.FILE,
            f"{place} has ABI number {number}, but this {_FILE} needs {ABI_VERSION}; "
            "use both from the same release of DeepCrop",
        )
    for name, result, arguments in _signatures():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise Error(
                Status.FILE,
                f"{place} is older than this {_FILE}: it has no {name}; use both from "
                "the same release of DeepCrop",
            ) from None
        function.restype, function.argtypes = result, arguments


def is_loaded() -> bool:
    """Whether the library is loaded."""
    return _library is not None


def version() -> str:
    """The version of the library, for example "0.1.0"."""
    return load().deepcrop_version().decode()


_log: Callable[[int, str], None] | None = None


_log_callback, _progress_callback = _C["log_callback"], _C["progress_callback"]


@_log_callback
def _hear_log(level, message, _):
    log = _log
    if log is not None:
        log(level, message.decode("utf-8", "replace"))


def set_log(log: Callable[[int, str], None] | None) -> None:
    """Sends all log messages with their LogLevel to `log`; None turns logging off.

    `log` may be called from any thread. It must not call the library. Exceptions that
    it raises go to sys.unraisablehook.
    """
    global _log
    library = load()
    with _hearing:
        if not _silent:
            _log = log
            library.deepcrop_log_set(_hear_log if log else _log_callback(), None)


# Held while a callback is set, so that none is set once Python has begun to exit.
_hearing = threading.Lock()
_silent = False


def _fall_silent(library):
    """At exit: stops the calls of daemon threads, which must not call Python then."""
    global _silent
    with _hearing:
        _silent = True
    if library.process == os.getpid():
        library.deepcrop_log_set(_log_callback(), None)
        for flag in list(_heard):
            library.deepcrop_cancel_raise(flag)
            library.deepcrop_cancel_on_progress(flag, _progress_callback(), None)


# --- handles and calls ---


class _Owned:
    """Owns a handle of the C interface and frees it when nothing refers to this any
    more: neither the object that it belongs to nor a call that got it. A handle must
    outlive the calls that it was passed to."""

    def __init__(self, pointer, free):
        self._as_parameter_ = pointer
        # Not at exit: other threads may still be in calls, and the process ends anyway.
        weakref.finalize(self, free, pointer).atexit = False


class _Handle:
    """The base of all objects that have a handle."""

    _name: str
    _owned: _Owned | None = None

    def _make(self, name, *arguments):
        """Makes a call that returns the handle of this object."""
        pointer = POINTER(_C[self._name])()
        _call(name, *arguments, pointer)
        return self._adopt(pointer)

    def _adopt(self, pointer):
        free = getattr(load(), f"deepcrop_{self._name}_free")
        self._owned = _Owned(pointer, free)
        return self

    @classmethod
    def _new(cls, name, *arguments):
        """A new object with the handle that a call returns."""
        return cls.__new__(cls)._make(name, *arguments)

    def _get(self):
        owned = self._owned
        if owned is None:
            name = type(self).__name__
            raise Error(Status.ARGUMENT, f"this {name} was closed; make a new one")
        return owned

    def close(self) -> None:
        """Frees the memory: now, or when the last call that uses it has returned."""
        self._owned = None

    def __enter__(self):
        self._get()
        return self

    def __exit__(self, *_):
        self.close()


def _call(name, *arguments):
    """Makes a call that can fail; its last argument, the error, is added here."""
    error = _C["error"]()
    # Kept until the call has returned: another thread may close the objects meanwhile.
    given = [one._get() if isinstance(one, _Handle) else one for one in arguments]
    try:
        status = getattr(load(), "deepcrop_" + name)(*given, error)
    except ctypes.ArgumentError as wrong:
        raise TypeError(f"{name}: {wrong}") from None
    if status != Status.OK:
        for one in arguments:
            if isinstance(one, Cancel):
                one._rethrow()
        raise Error(error.status, error.message.decode("utf-8", "replace"))


def _ask(name, handle, *arguments):
    """Makes a call that cannot fail."""
    return getattr(load(), "deepcrop_" + name)(handle._get(), *arguments)


def _sized(name, /, **fields):
    """A struct with struct_size."""
    kind = _C[name]
    return kind(struct_size=ctypes.sizeof(kind), **fields)


def _whole(value, name):
    """A number that fits into uint32_t; ctypes would drop the bits above."""
    number = operator.index(value)
    if not 0 <= number <= 0xFFFFFFFF:
        sentence = f"`{name}` is {number}; pass 0 to 4294967295"
        raise Error(Status.ARGUMENT, sentence)
    return number


def _utf8(text, name):
    if text is None:
        return None
    text = os.fspath(text)
    # Text that is not valid Unicode becomes an error of the library.
    text = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if b"\0" in text:
        raise Error(Status.ARGUMENT, f"`{name}` contains a zero byte; remove it")
    return text


def _borrow(data):
    """The bytes of a buffer as a C array, which keeps the buffer alive.

    `bytes` and writable buffers without gaps are not copied; others are.
    """
    view = memoryview(data)
    if view.c_contiguous and not view.readonly:
        return (c_uint8 * view.nbytes).from_buffer(view)
    data = data if isinstance(data, bytes) else view.tobytes()
    # ctypes.cast would make cycles, so large pictures would stay until the next gc.
    address = c_void_p.from_buffer(c_char_p(data)).value
    return _array(c_uint8, len(data), address, data)


def _array(kind, count, address, owner):
    """A view of memory as a C array, which keeps the owner of the memory alive."""
    array = (kind * count).from_address(address)
    array.owner = owner
    return array


def _points(points):
    points = [_C["point"](x, y) for x, y in points]
    return (_C["point"] * len(points))(*points)


# --- cancelling ---

_heard: weakref.WeakSet[_Owned] = weakref.WeakSet()


class Cancel(_Handle):
    """A cancel flag: stops the calls that it is passed to, from any thread.

    `progress` receives the progress of these calls: a fraction from 0 to 1, and the
    current step. It is called on the thread that makes the call, and must not call the
    library, except raise_(). An exception that it raises stops the call, which then
    raises that exception.
    """

    _name = "cancel"

    def __init__(self, progress: Callable[[float, str], None] | None = None):
        self._make("cancel_new")
        self._state = SimpleNamespace(progress=None, thrown=None, raised=False)
        if progress is not None:
            self.on_progress(progress)

    def raise_(self) -> None:
        """Stops every call that has this flag, now and later, until reset()."""
        _ask("cancel_raise", self)
        self._state.raised = True

    def reset(self) -> None:
        """Lowers the flag, so that it can be used again."""
        _ask("cancel_reset", self)
        self._state.raised = False

    @property
    def raised(self) -> bool:
        """Whether the flag is raised, for work between calls."""
        return self._state.raised

    def tell(self, fraction: float, doing: str) -> None:
        """Reports the progress of work between calls."""
        if self._state.progress is not None:
            self._state.progress(fraction, doing)

    def on_progress(self, progress: Callable[[float, str], None] | None) -> None:
        """Sets the function that receives the progress; None removes it."""
        owned, state = self._get(), self._state
        state.progress = progress
        if progress is None or hasattr(owned, "hear"):
            return
        # The callback lives as long as the handle: a call may outlast this object.
        pointer, stop = owned._as_parameter_, load().deepcrop_cancel_raise

        @_progress_callback
        def hear(fraction, doing, _):
            try:
                if state.progress is not None:
                    state.progress(fraction, doing.decode("utf-8", "replace"))
            except BaseException as thrown:  # noqa: BLE001 (C frames are in between)
                state.thrown = thrown
                stop(pointer)

        with _hearing:
            if not _silent:
                owned.hear = hear
                _heard.add(owned)
                _ask("cancel_on_progress", self, hear, None)

    def _rethrow(self):
        thrown, self._state.thrown = self._state.thrown, None
        if thrown is not None:
            if self._owned is not None:
                self.reset()
            raise thrown


# --- models ---


class ModelOptions(NamedTuple):
    """How to load a model; see deepcrop_model_options and load()."""

    provider: int = Provider.AUTO
    threads: int = 0
    fall_back: bool = False
    runtime: Path | None = None
    cancel: Cancel | None = None
    matting: Path | None = None
    no_disk_cache: bool = False


_AS_USUAL = ModelOptions()


class ModelInfo(NamedTuple):
    """What a model is and what runs it; see deepcrop_model_info."""

    name: str
    family: str
    version: str
    licence: str
    provider: str
    provider_note: str
    runtime: str


def find_network(path: Path | None) -> Path | None:
    """The path of a network beside this file, if `path` itself does not exist."""
    if path is not None and not os.path.exists(path):
        name = glob.escape(os.fsdecode(path))
        folders = [_HERE, os.path.join(_HERE, "models")]
        return next(_files(folders, [name, name + ".onnx"]), path)
    return path


def find_runtime(path: Path | None = None) -> Path | None:
    """The path of ONNX Runtime, or None: the library reads the variable and searches
    itself."""
    if path is not None or os.environ.get("DEEPCROP_ONNXRUNTIME"):
        return path
    folders = list(_FOLDERS)
    package = importlib.util.find_spec("onnxruntime")
    if package is not None and package.origin:
        folders.append(os.path.join(os.path.dirname(package.origin), "capi"))
    return next(_files(folders, _RUNTIME), None)


class Model(_Handle):
    """A loaded model; without a path, the network in the library.

    `path` is a file or folder, the name of a network, or "classical" for the engine
    that needs neither a network nor ONNX Runtime. Any number of threads may use a model
    at once. Its pictures do not need it: it may be closed before them.
    """

    _name = "model"

    def __init__(self, path: Path | None = None, options: ModelOptions = _AS_USUAL):
        self._load(options, "model_load", _utf8(find_network(path), "path"))

    @classmethod
    def builtin(cls, options: ModelOptions = _AS_USUAL) -> Model:
        """Loads the network in the library."""
        return cls(None, options)

    @classmethod
    def classical(cls, options: ModelOptions = _AS_USUAL) -> Model:
        """Loads the classical engine, which needs no network and no ONNX Runtime."""
        return cls("classical", options)

    @classmethod
    def from_bytes(cls, data, options: ModelOptions = _AS_USUAL) -> Model:
        """Loads a network from memory. The bytes are not needed after the call."""
        data = _borrow(data)
        return cls.__new__(cls)._load(options, "model_load_bytes", data, len(data))

    def _load(self, options, name, *source):
        flag = options.cancel._get() if options.cancel is not None else None
        raw = _sized(
            "model_options",
            provider=_whole(options.provider, "provider"),
            threads=_whole(options.threads, "threads"),
            fall_back=bool(options.fall_back),
            runtime_path=_utf8(find_runtime(options.runtime), "runtime"),
            cancel=flag._as_parameter_ if flag is not None else None,
            matting_path=_utf8(find_network(options.matting), "matting"),
            no_disk_cache=bool(options.no_disk_cache),
        )
        try:
            return self._make(name, *source, raw)
        except Error:
            if options.cancel is not None:
                options.cancel._rethrow()
            raise

    @cached_property
    def info(self) -> ModelInfo:
        """What the model is and what runs it."""
        raw = _sized("model_info")
        _call("model_describe", self, raw)
        return ModelInfo(*(getattr(raw, name).decode() for name in ModelInfo._fields))


# --- installed networks ---


class InstalledModel(NamedTuple):
    """An installed network; see deepcrop_installed_model."""

    name: str
    title: str
    licence: str
    source: str
    folder: str
    bytes: int
    has_record: bool


class ImportOptions(NamedTuple):
    """How to import a model; see deepcrop_import_options. `sha256` has the hashes of
    downloaded files by their paths: if one differs, nothing is installed."""

    name: str | None = None
    replace: bool = False
    sha256: Mapping[Path, str] = {}
    title: str | None = None
    licence: str | None = None
    source: str | None = None


_UNDER_ITS_NAME = ImportOptions()


class _Models(_Handle):
    _name = "models"

    def told(self):
        return [self._told(index) for index in range(_ask("models_count", self))]

    def _told(self, index):
        raw = _sized("installed_model")
        _call("models_describe", self, index, raw)
        fields = ("name", "title", "licence", "source", "folder")
        texts = [getattr(raw, name).decode("utf-8", "replace") for name in fields]
        return InstalledModel(*texts, raw.bytes, bool(raw.has_record))


def installed_models() -> list[InstalledModel]:
    """The installed networks, sorted by name."""
    return _Models._new("models_list").told()


def import_model(
    paths: Iterable[Path], options: ImportOptions = _UNDER_ITS_NAME
) -> InstalledModel:
    """Installs files under a name, with which Model() then loads them; see
    deepcrop_models_import."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        raise TypeError("`paths` is one path; pass a list of paths")
    files = [_utf8(path, "paths") for path in paths]
    hashes = [
        _C["file_hash"](_utf8(path, "sha256"), _utf8(sha256, "sha256"))
        for path, sha256 in options.sha256.items()
    ]
    texts = ("name", "title", "licence", "source")
    raw = _sized(
        "import_options",
        replace=bool(options.replace),
        hashes=(_C["file_hash"] * len(hashes))(*hashes),
        hash_count=len(hashes),
        **{name: _utf8(getattr(options, name), name) for name in texts},
    )
    array = (c_char_p * len(files))(*files)
    return _Models._new("models_import", array, len(files), raw).told()[0]


def verify_model(name: str) -> None:
    """Raises an Error that names the files of an installed network that are missing or
    changed, if there are any."""
    _call("models_verify", _utf8(name, "name"))


def remove_model(name: str) -> int:
    """Removes an installed network. Returns how many files that somebody else put into
    its folder stay there."""
    others = c_size_t()
    _call("models_remove", _utf8(name, "name"), others)
    return others.value


# --- pictures ---

_PIXEL_BYTES = {
    Format.GRAY8: 1,
    Format.RGB8: 3,
    Format.RGBA8: 4,
    Format.BGRA8: 4,
    Format.RGBA16: 8,
    Format.RGBAF32: 16,
    Format.GRAY16: 2,
    Format.RGB16: 6,
    Format.RGBF32: 12,
}
_ARRAYS = {
    ("B", 1): Format.GRAY8,
    ("B", 3): Format.RGB8,
    ("B", 4): Format.RGBA8,
    ("H", 4): Format.RGBA16,
    ("f", 4): Format.RGBAF32,
    ("H", 1): Format.GRAY16,
    ("H", 3): Format.RGB16,
    ("f", 3): Format.RGBF32,
}


def _pixel_bytes(format):
    if format not in _PIXEL_BYTES:
        sentence = f"unknown pixel format {format}; use one of deepcrop.Format"
        raise Error(Status.IMAGE, sentence)
    return _PIXEL_BYTES[format]


def _shape(data):
    """Width, height and format of an array with rows, columns and maybe channels."""
    view = memoryview(data)
    height, width, channels = (*view.shape, 1)[:3] if view.ndim > 1 else (0, 0, 0)
    format = _ARRAYS.get((view.format.lstrip("@=<"), channels))
    if format is None or view.ndim > 3:
        raise Error(
            Status.IMAGE,
            f"an array of shape {view.shape} and type `{view.format}` has no known "
            "size and format; pass width, height and format",
        )
    return width, height, format


class Image:
    """A view of your pixels in any buffer, which it keeps alive.

    The buffer is not copied if it is `bytes`, or writable and without gaps. A stride of
    0 means no gaps between rows. Arrays with rows, columns and channels need neither
    size nor format.
    """

    def __init__(
        self,
        data,
        width: int | None = None,
        height: int | None = None,
        format: int | None = None,
        stride: int = 0,
        premultiplied: bool = False,
    ):
        if width is None or height is None:
            width, height, told = _shape(data)
            format = told if format is None else format
            if _pixel_bytes(format) != _pixel_bytes(told):
                sentence = f"an array of {told.name} does not fit format {format}"
                raise Error(Status.IMAGE, sentence + "; convert it first")
        self.format = Format.RGB8 if format is None else format
        self.width = _whole(width, "width")
        self.height = _whole(height, "height")
        pixel = _pixel_bytes(self.format)
        self.stride = operator.index(stride) or self.width * pixel
        if not 0 <= self.stride < 1 << 48:
            raise Error(Status.IMAGE, f"`stride` is {stride}; pass a number of bytes")
        self._bytes = _borrow(data)
        needed = self.stride * (self.height - 1) + self.width * pixel
        if len(self._bytes) < needed:
            raise Error(
                Status.IMAGE,
                f"{self.width} x {self.height} pixels with a stride of {self.stride} "
                f"need {needed} bytes, but the buffer has {len(self._bytes)}; pass a "
                "larger buffer or a smaller size",
            )
        self.premultiplied = bool(premultiplied)
        self._raw = _C["image"](
            ctypes.addressof(self._bytes),
            *(self.stride, self.width, self.height, self.format, self.premultiplied),
        )


# --- outlines ---


class Node(NamedTuple):
    """A node of a smooth ring with its two control points; see deepcrop_node."""

    x: float
    y: float
    in_x: float
    in_y: float
    out_x: float
    out_y: float
    corner: bool


class Ring(NamedTuple):
    """One closed line, as a polygon and as smooth curves; see deepcrop_ring.

    `parent` is the index of the ring directly around this one, or None.
    """

    hole: bool
    parent: int | None
    points: list[tuple[float, float]]
    nodes: list[Node]


class Outline(_Handle):
    """The outline of a mask: closed lines around it. It does not need its mask."""

    _name = "outline"

    @cached_property
    def rings(self) -> list[Ring]:
        """All rings; a ring comes after the one it lies in."""
        count = _ask("outline_ring_count", self)
        return [self._ring(index) for index in range(count)]

    def _ring(self, index):
        owned = self._get()  # keeps alive what `raw` points to
        raw = _sized("ring")
        _call("outline_ring", owned, index, raw)
        first, count = ctypes.addressof(raw.points.contents), raw.point_count
        numbers = _array(c_double, 2 * count, first, owned)[:]
        nodes = [
            Node(n.x, n.y, n.in_x, n.in_y, n.out_x, n.out_y, bool(n.corner))
            for n in raw.nodes[: raw.node_count]
        ]
        parent = None if raw.parent == NO_PARENT else raw.parent
        points = list(zip(numbers[::2], numbers[1::2]))
        return Ring(bool(raw.hole), parent, points, nodes)

    @cached_property
    def svg_path(self) -> str:
        """The curves of all rings as the `d` of an SVG path; fill it by even-odd."""
        return _ask("outline_svg_path", self).decode()

    @cached_property
    def json(self) -> str:
        """The polygons of all rings as JSON."""
        return _ask("outline_json", self).decode()


class RunLengths(_Handle):
    """The run lengths of a mask, as the COCO data set stores them."""

    _name = "run_lengths"

    @cached_property
    def counts(self) -> list[int]:
        """Numbers of pixels not selected and selected, in turn, column by column."""
        count = c_size_t()
        owned = self._get()
        return load().deepcrop_run_lengths_counts(owned, count)[: count.value]

    @cached_property
    def packed(self) -> str:
        """The same as a string, as pycocotools reads and writes it."""
        return _ask("run_lengths_packed", self).decode()

    @cached_property
    def json(self) -> str:
        """An annotation as in COCO's files, in JSON."""
        return _ask("run_lengths_json", self).decode()


# --- masks ---


class MaskInfo(NamedTuple):
    """Information about a mask; see deepcrop_mask_info."""

    score: float
    width: int
    height: int
    box: tuple[int, int, int, int]
    area: int
    prepare_time: float  # in seconds, like the other times
    network_time: float
    render_time: float
    edge_time: float


class Mask(_Handle):
    """A soft mask of the picture's size. It never changes.

    A mask from your own bytes has one byte per pixel: 0 is not selected, 255 is
    selected. The bytes are copied.
    """

    _name = "mask"

    def __init__(
        self, data, width: int | None = None, height: int | None = None, stride: int = 0
    ):
        rows = Image(data, width, height, Format.GRAY8, stride)
        self._make("mask_new", rows._bytes, rows.stride, rows.width, rows.height)

    @cached_property
    def info(self) -> MaskInfo:
        """Size, score, box and area."""
        raw = _sized("mask_info")
        _call("mask_describe", self, raw)
        box = (raw.x0, raw.y0, raw.x1, raw.y1)
        times = (raw.prepare_time, raw.network_time, raw.render_time, raw.edge_time)
        return MaskInfo(raw.score, raw.width, raw.height, box, raw.area, *times)

    score = property(lambda self: self.info.score)
    width = property(lambda self: self.info.width)
    height = property(lambda self: self.info.height)
    box = property(lambda self: self.info.box)
    area = property(lambda self: self.info.area)

    @property
    def pixels(self) -> memoryview:
        """One byte per pixel, row by row without gaps. No copy; it outlives close()."""
        owned, size = self._get(), self.width * self.height
        first = load().deepcrop_mask_pixels(owned)
        array = _array(c_uint8, size, ctypes.addressof(first.contents), owned)
        return memoryview(array).cast("B").toreadonly()

    def outline(
        self, tolerance: float = 0, smallest_area: float = 0, straight: bool = False
    ) -> Outline:
        """Traces the outline; see deepcrop_outline_options for the parameters."""
        options = _sized(
            "outline_options",
            straight=bool(straight),
            tolerance=tolerance,
            smallest_area=smallest_area,
        )
        return Outline._new("mask_outline", self, options)

    def run_lengths(self) -> RunLengths:
        """The mask as run lengths, in COCO's form."""
        return RunLengths._new("mask_run_lengths", self)

    def changed(self, change: int, amount: float = 0) -> Mask:
        """A copy changed by `amount`; see Change and the methods below."""
        return Mask._new("mask_change", self, _whole(change, "change"), amount)

    def grown(self, radius: float) -> Mask:
        """A copy with its edge moved outwards by `radius` pixels."""
        return self.changed(Change.GROW, radius)

    def shrunk(self, radius: float) -> Mask:
        """A copy with its edge moved inwards, but not from the picture's border."""
        return self.changed(Change.SHRINK, radius)

    def feathered(self, radius: float) -> Mask:
        """A copy with a softer edge."""
        return self.changed(Change.FEATHER, radius)

    def smoothed(self, radius: float) -> Mask:
        """A copy with corners, steps and finer details rounded off."""
        return self.changed(Change.SMOOTH, radius)

    def without_holes(self, largest: float = float("inf")) -> Mask:
        """A copy in which holes of at most `largest` pixels are selected."""
        return self.changed(Change.FILL_HOLES, largest)

    def without_specks(self, least: float) -> Mask:
        """A copy in which parts of less than `least` pixels are deselected."""
        return self.changed(Change.DROP_SPECKS, least)

    def inverted(self) -> Mask:
        """A copy that selects what this mask does not, and the other way round."""
        return self.changed(Change.INVERT)

    def parts_at(self, points: Points) -> Mask:
        """A copy with only those connected parts that contain one of the points."""
        array = _points(points)
        return Mask._new("mask_keep_parts", self, array, len(array))

    def changed_since(self, before: Mask) -> tuple[int, int, int, int]:
        """The smallest box around all pixels in which this mask differs from `before`,
        a mask of its size; all 0 if they are equal."""
        box = _C["box"]()
        _call("mask_changed_since", self, before, box)
        return box.x0, box.y0, box.x1, box.y1

    def combined(self, other: Mask, how: int) -> Mask:
        """This mask combined with another; see Combine. Short: `+`, `-` and `&`."""
        return Mask._new("mask_combine", self, other, _whole(how, "how"))

    def __add__(self, other):
        return self.combined(other, Combine.ADD)

    def __sub__(self, other):
        return self.combined(other, Combine.SUBTRACT)

    def __and__(self, other):
        return self.combined(other, Combine.INTERSECT)

    def refined(
        self,
        image: Image,
        reach: float,
        edges: int = Edges.AUTO,
        cancel: Cancel | None = None,
    ) -> Mask:
        """A copy fitted to the edges of its picture, which are at most `reach` pixels
        away."""
        edges = _whole(edges, "edges")
        return Mask._new("mask_refine", self, image._raw, reach, edges, cancel)

    def cutout_box(self, margin: int = 0) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of a cropped cut-out in the picture."""
        raw = _C["box"]()
        _call("cutout_box", self, _whole(margin, "margin"), raw)
        return (raw.x0, raw.y0, raw.x1, raw.y1)


class Cutout(NamedTuple):
    """A cut-out: rows without gaps, and the place of its first pixel in the picture."""

    data: bytearray
    width: int
    height: int
    x: int
    y: int
    format: int
    premultiplied: bool


def cutout(
    image: Image,
    mask: Mask,
    format: int = Format.RGBA8,
    premultiplied: bool = False,
    crop: bool = False,
    margin: int = 0,
) -> Cutout:
    """Cuts the object out of its picture.

    The cut-out has the picture's size; with `crop`, the size of the object plus a
    margin. A cropped cut-out of an empty mask has 0 x 0 pixels.
    """
    whole = (0, 0, mask.width, mask.height)
    x, y, right, bottom = mask.cutout_box(margin) if crop else whole
    width, height, stride = right - x, bottom - y, (right - x) * _pixel_bytes(format)
    try:
        data = bytearray(stride * height)
    except MemoryError:
        sentence = f"no memory for {stride * height} bytes; cut out a smaller part"
        raise Error(Status.MEMORY, sentence) from None
    if data:
        room = _borrow(data)
        canvas = _C["canvas"](
            ctypes.addressof(room),
            *(stride, width, height, format, bool(premultiplied)),
        )
        options = _sized("cutout_options", x=x, y=y)
        _call("cutout", image._raw, mask, options, canvas)
        del room  # only the caller holds `data`
    return Cutout(data, width, height, x, y, format, bool(premultiplied))


# --- clicking ---


class Prompt(NamedTuple):
    """One prompt: a click, box, lasso, scribble or mask; see the functions below."""

    kind: int
    x: float = 0
    y: float = 0
    x1: float = 0
    y1: float = 0
    points: Points = ()
    mask: Mask | None = None


def include(x: float, y: float) -> Prompt:
    """A click on the object."""
    return Prompt(Kind.INCLUDE, x, y)


def exclude(x: float, y: float) -> Prompt:
    """A click on what does not belong to the object."""
    return Prompt(Kind.EXCLUDE, x, y)


def box(x: float, y: float, x1: float, y1: float) -> Prompt:
    """A box around the object."""
    return Prompt(Kind.BOX, x, y, x1, y1)


def lasso(points: Points) -> Prompt:
    """A closed line around the object."""
    return Prompt(Kind.LASSO, points=tuple(points))


def scribble(points: Points) -> Prompt:
    """A stroke over the object."""
    return Prompt(Kind.SCRIBBLE, points=tuple(points))


def scribble_out(points: Points) -> Prompt:
    """A stroke over what does not belong to the object."""
    return Prompt(Kind.SCRIBBLE_OUT, points=tuple(points))


def from_mask(mask: Mask) -> Prompt:
    """A mask to start from, which has the size of the picture."""
    return Prompt(Kind.MASK, mask=mask)


def _prompts(prompts):
    """A C array and its length. The array keeps alive what it points to."""
    prompts = list(prompts)
    array = (_C["prompt"] * len(prompts))()
    array.kept = []
    for raw, prompt in zip(array, prompts):
        raw.kind = _whole(prompt.kind, "kind")
        raw.x, raw.y, raw.x1, raw.y1 = prompt.x, prompt.y, prompt.x1, prompt.y1
        points = _points(prompt.points)
        array.kept.append(points)
        raw.points, raw.point_count = points, len(points)
        if prompt.mask is not None:
            owned = prompt.mask._get()
            array.kept.append(owned)
            raw.mask = owned._as_parameter_
    return array, len(prompts)


class SegmentOptions(NamedTuple):
    """How to make a selection; see deepcrop_segment_options."""

    closer_look: bool = True
    guard: bool = True
    edges: int = Edges.AUTO

    def _raw(self):
        return _sized(
            "segment_options",
            no_closer_look=not self.closer_look,
            no_guard=not self.guard,
            edges=_whole(self.edges, "edges"),
        )


_ALL_STEPS = SegmentOptions()


class _Objects(_Handle):
    _name = "objects"


class Object:
    """An object of a picture: class (label and name), score, box, and its mask()."""

    def __init__(self, objects: _Objects, index: int):
        raw = _sized("object")
        _call("objects_describe", objects, index, raw)
        self.label, self.name, self.score = raw.label, raw.name.decode(), raw.score
        self.box = (raw.x0, raw.y0, raw.x1, raw.y1)
        self._objects, self._index = objects, index

    def mask(self) -> Mask:
        return Mask._new("objects_mask", self._objects, self._index)


class Picture(_Handle):
    """A picture with a model: analysed once, clicked many times.

    Calls on one picture wait for each other. A picture does not need its image or its
    model any more: the model may be closed first.
    """

    _name = "picture"

    def __init__(self, model: Model, image: Image, cancel: Cancel | None = None):
        self._make("picture_new", model, image._raw, cancel)

    def segment(
        self,
        prompts: Iterable[Prompt],
        options: SegmentOptions = _ALL_STEPS,
        cancel: Cancel | None = None,
    ) -> Mask:
        """The selection after all the prompts, in their order.

        Pass the whole list each time; to undo, pass fewer prompts.
        """
        prompts = _prompts(prompts)
        return Mask._new("picture_segment", self, *prompts, options._raw(), cancel)

    def candidates(
        self,
        prompts: Iterable[Prompt],
        capacity: int = 8,
        options: SegmentOptions = _ALL_STEPS,
        cancel: Cancel | None = None,
    ) -> list[Mask]:
        """At most `capacity` sensible answers to the last prompt. The first one is the
        mask of segment()."""
        capacity, count = _whole(capacity, "capacity"), c_size_t()
        found = (POINTER(_C["mask"]) * capacity)()
        arguments = (*_prompts(prompts), options._raw(), cancel, found, capacity)
        _call("picture_candidates", self, *arguments, count)
        masks = found[: count.value]
        return [Mask.__new__(Mask)._adopt(mask) for mask in masks]

    def objects(
        self, options: SegmentOptions = _ALL_STEPS, cancel: Cancel | None = None
    ) -> list[Object]:
        """All objects of the picture without a click, best score first."""
        found = _Objects._new("picture_objects", self, options._raw(), cancel)
        return [Object(found, index) for index in range(_ask("objects_count", found))]

    def subject(
        self, options: SegmentOptions = _ALL_STEPS, cancel: Cancel | None = None
    ) -> Mask:
        """The main subject of the picture, without a click."""
        return Mask._new("picture_subject", self, options._raw(), cancel)


def segment(model: Model, image: Image, x: float, y: float) -> Mask:
    """Selects the object at x, y: one click, one mask. For more clicks use Picture."""
    return Mask._new("segment", model, image._raw, x, y)


class _Report(_Handle):
    _name = "report"


def report(runtime: Path | None = None, cancel: Cancel | None = None) -> str:
    """A report on what the library found and what works. It never raises Error.

    It tries everything, which takes about a second. `runtime` is the path of the ONNX
    Runtime to use; see load().
    """
    lines = [f"Python {platform.python_version()} on {platform.platform()}"]
    try:
        lines.append(f"library: {load().place}")
        path = _utf8(find_runtime(runtime), "runtime")
        told = _ask("report_text", _Report._new("doctor", path, cancel))
        lines.append(told.decode("utf-8", "replace"))
    except Error as error:
        lines.append(f"does not work: {error}")
    return "\n".join(lines)
