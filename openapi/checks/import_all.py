"""Imports every module of the generated packages that the arguments name."""

import importlib
import pathlib
import pkgutil
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent / "generated/python"))
# Pydantic warns about fields with the name of a method of its base class.
warnings.simplefilter("ignore", UserWarning)

for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
