"""Extension of Griffe, which reads the sources for the reference: each symbol once, and examples as examples."""

import re

import griffe

_EXAMPLE = re.compile(r'^( *)Example:$', re.MULTILINE)


# Sphinx's roles, such as :func:`~kpgan_mm.apis.predict`.
_ROLE = re.compile(r':(?:func|class|meth|mod|attr|data|obj):`~?([^`]+)`')


class Reference(griffe.Extension):
    """Lists a symbol where it is defined, not again where a package hands it on; reads docstrings as they are meant."""

    def on_object(self, *, obj, **kwargs):
        """Renames the section to the name that Griffe knows, and leaves of roles the name."""
        if obj.docstring:
            obj.docstring.value = _ROLE.sub(r'`\1`', _EXAMPLE.sub(r'\1Examples:', obj.docstring.value))

    def on_package(self, *, pkg, **kwargs):
        """Drops what modules have imported."""
        rooms = [pkg]
        while rooms:
            room = rooms.pop()
            for name, member in list(room.members.items()):
                if member.is_alias:
                    del room.members[name]
                elif member.is_module:
                    rooms.append(member)
