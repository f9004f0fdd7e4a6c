"""What no source of ours may hold: ways to unpickle, to start a shell, to run text."""

import ast

#: Modules that unpickle, or whose processes speak in pickles.
PICKLES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "multiprocessing",
}
#: Builtins that run text.
BUILTINS = {"eval", "exec", "compile", "__import__"}
#: Functions that start a shell or another program in our place, or unpickle, by module.
FUNCTIONS = {
    "os": {"system", "popen", "posix_spawn", "posix_spawnp"},
    "subprocess": {"getoutput", "getstatusoutput"},
    "asyncio": {"create_subprocess_shell"},
    "pty": {"spawn"},
    "pandas": {"read_pickle"},
    "pd": {"read_pickle"},
}
PREFIXES = {"os": ("exec", "spawn")}


def offences(text):
    """List what is forbidden in a source, with its line."""
    return [f"line {node.lineno}: {what}" for node in ast.walk(ast.parse(text)) for what in _in_node(node)]


def _in_node(node):
    match node:
        case ast.Import(names=names):
            yield from (f"import {name.name}" for name in names if _is_pickle(name.name))
        case ast.ImportFrom(module=str(module), names=names):
            if _is_pickle(module):
                yield f"import {module}"
            yield from (f"{module}.{name.name}" for name in names if _is_function(module, name.name))
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            if _is_function(module, name):
                yield f"{module}.{name}"
        case ast.Call(func=function, args=arguments, keywords=keywords):
            if isinstance(function, ast.Name) and function.id in BUILTINS:
                yield function.id
            for keyword in keywords:
                if keyword.arg == "shell" or (
                    keyword.arg == "allow_pickle" and not _is_constant(keyword.value, False)
                ):
                    yield f"{keyword.arg}="
            yield from _in_load(function, arguments, keywords)


def _in_load(function, arguments, keywords):
    match function:
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="load") if len(arguments) > 2:
            yield "numpy.load(file, mmap_mode, allow_pickle)"
        case ast.Attribute(value=ast.Name(id="torch"), attr="load"):
            if not any(k.arg == "weights_only" and _is_constant(k.value, True) for k in keywords):
                yield "torch.load without weights_only=True"


def _is_pickle(module):
    return module.partition(".")[0] in PICKLES


def _is_function(module, name):
    return name in FUNCTIONS.get(module, ()) or name.startswith(PREFIXES.get(module, ("\0",)))


def _is_constant(node, value):
    return isinstance(node, ast.Constant) and node.value is value
