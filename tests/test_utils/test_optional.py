import pytest

from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.optional import MissingPackageError, require_packages


def test_says_what_to_install():
    require_packages('reading', 'export', 'json', 'torch')
    message = r'^reading needs no_such_package: pip install kpgan_mm\[export\]$'
    with pytest.raises(MissingPackageError, match=message) as raised:
        require_packages('reading', 'export', 'json', 'no_such_package')
    assert isinstance(raised.value, ConfigError) and isinstance(raised.value, ImportError)
