"""Where a model's process begins: the walls first, then everything that could be talked into harm."""

from __future__ import annotations

from secondline.models.jail import confine

if __name__ == "__main__":
    held = confine()
    # Imported only now: numerical libraries start threads, and a wall raised in one thread leaves the others free.
    from secondline.models import worker

    worker.main(held)
