"""What the page shows as one sentence."""


class StudioError(ValueError):
    """A request that cannot be met.

    Args:
        message: One sentence for the user.
        status: HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
