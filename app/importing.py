"""So much is imported that looking for garbage again and again took a tenth of a start, and hardly any of it ever is garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Nothing is looked for meanwhile; and what there is by then is never looked at again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
