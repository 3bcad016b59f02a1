"""deepcrop.py says what include/deepcrop.h says: every constant, struct and function.

The header is read here, and its layout is told by a C compiler.
"""

import ctypes
import re
import unittest

from common import HEADER, compiled, deepcrop, run

ENUMS = {
    "ERROR": deepcrop.Status,
    "LOG": deepcrop.LogLevel,
    "PROVIDER": deepcrop.Provider,
    "CHANGE": deepcrop.Change,
    "COMBINE": deepcrop.Combine,
    "EDGES": deepcrop.Edges,
    "PROMPT": deepcrop.Kind,
}
PLAIN = {
    "int32_t": ctypes.c_int32,
    "deepcrop_status": ctypes.c_int32,
    "uint8_t": ctypes.c_uint8,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "void": None,
    "void *": ctypes.c_void_p,
    "char *": ctypes.c_char_p,
    "deepcrop_log_callback": deepcrop._log_callback,
    "deepcrop_progress_callback": deepcrop._progress_callback,
}

TEXT = re.sub(r"/\*.*?\*/", "", HEADER.read_text("utf-8"), flags=re.DOTALL)


def ctype(name):
    """The type of ctypes for a type of C."""
    name = re.sub(r"\b(const|struct)\b", "", name)
    name = re.sub(r"\s*\*\s*", " *", " ".join(name.split())).replace("* *", "**")
    if name in PLAIN:
        return PLAIN[name]
    if name.endswith("*"):
        return ctypes.POINTER(ctype(name[:-1].strip()))
    return deepcrop._C[name[len("deepcrop_") :]]


def split(declaration):
    """Type and name of a field or parameter."""
    kind, name = re.fullmatch(r"(.*?)(\w+(?:\[\w+\])?)", declaration.strip()).groups()
    return kind, name


def constants():
    pairs = re.findall(r"^#define (DEEPCROP_\w+) (\d+)$", TEXT, re.MULTILINE)
    return {name: int(value) for name, value in pairs}


def structs():
    """The fields of each struct, as pairs of type and name; handles have none."""
    found = {
        name: [split(field) for field in body.split(";") if field.strip()]
        for name, body in re.findall(
            r"typedef struct (\w+) \{(.*?)\} \1;", TEXT, re.DOTALL
        )
    }
    opaque = re.findall(r"typedef struct (\w+) \1;", TEXT)
    return {**found, **{name: [] for name in opaque}}


def callbacks():
    pattern = r"typedef (\w+) \(\*(\w+)\)\((.*?)\);"
    return re.findall(pattern, TEXT, re.DOTALL)


def functions():
    pattern = r"^((?:const )?\w+ \*?)(deepcrop_\w+)\((.*?)\);"
    for result, name, taken in re.findall(pattern, TEXT, re.DOTALL | re.MULTILINE):
        if not result.startswith("typedef"):
            taken = [] if taken == "void" else taken.split(",")
            yield name, ctype(result), [ctype(split(one)[0]) for one in taken]


class Header(unittest.TestCase):
    def test_constants(self):
        ours = {
            "DEEPCROP_ABI_VERSION": deepcrop.ABI_VERSION,
            "DEEPCROP_MESSAGE_SIZE": deepcrop.MESSAGE_SIZE,
            "DEEPCROP_NO_PARENT": deepcrop.NO_PARENT,
            "DEEPCROP_OK": deepcrop.Status.OK,
        }
        for group, enum in ENUMS.items():
            for one in enum:
                if one is not deepcrop.Status.OK:
                    ours[f"DEEPCROP_{group}_{one.name}"] = one.value
        ours.update((f"DEEPCROP_{one.name}", one.value) for one in deepcrop.Format)
        parts = zip(("MAJOR", "MINOR", "PATCH"), deepcrop.version().split("."))
        ours.update((f"DEEPCROP_VERSION_{part}", int(one)) for part, one in parts)
        self.assertGreater(len(ours), 50)
        self.assertEqual(ours, constants())

    def test_fields_and_their_types(self):
        declared = structs()
        self.assertEqual(len(declared), 27)
        ours = {
            kind.__name__: kind
            for kind in deepcrop._C.values()
            if isinstance(kind, type) and issubclass(kind, ctypes.Structure)
        }
        self.assertEqual(set(ours), set(declared))
        for name, fields in declared.items():
            wanted = []
            for kind, field in fields:
                if field.endswith("[DEEPCROP_MESSAGE_SIZE]"):
                    self.assertEqual(kind.strip(), "char")
                    array = ctypes.c_char * constants()["DEEPCROP_MESSAGE_SIZE"]
                    wanted.append((field.split("[")[0], array))
                else:
                    wanted.append((field, ctype(kind)))
            self.assertEqual(ours[name]._fields_, wanted, name)

    def test_sizes_and_offsets_are_those_of_the_compiler(self):
        lines = ["#include <deepcrop.h>", "#include <stdio.h>", "int main(void) {"]
        wanted = []
        for name, fields in structs().items():
            if not fields:
                continue
            ours = deepcrop._C[name[len("deepcrop_") :]]
            lines.append(f'printf("%zu\\n", sizeof({name}));')
            wanted.append((name, ctypes.sizeof(ours)))
            for _, field in fields:
                field = field.split("[")[0]
                lines.append(f'printf("%zu\\n", offsetof({name}, {field}));')
                wanted.append((f"{name}.{field}", getattr(ours, field).offset))
        self.assertGreater(len(wanted), 90)
        program = compiled("\n".join([*lines, "return 0; }"]), "layout", shared=False)
        told = [int(line) for line in run([str(program)]).stdout.split()]
        self.assertEqual(wanted, list(zip([name for name, _ in wanted], told)))

    def test_functions(self):
        wanted = {name: (result, taken) for name, result, taken in functions()}
        self.assertGreater(len(wanted), 40)
        self.assertEqual(len(wanted), len(re.findall(r"\bdeepcrop_\w+\(", TEXT)))
        ours = {name: (result, took) for name, result, took in deepcrop._signatures()}
        self.assertEqual(ours, wanted)

    def test_callbacks(self):
        names = []
        for result, name, taken in callbacks():
            kind = PLAIN[name]
            self.assertEqual(kind._restype_, ctype(result))
            arguments = tuple(ctype(split(one)[0]) for one in taken.split(","))
            self.assertEqual(kind._argtypes_, arguments)
            names.append(name)
        self.assertEqual(len(names), 2)


if __name__ == "__main__":
    unittest.main()
