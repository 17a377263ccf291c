"""The studio's routes: the page, and what it asks for, as JSON."""

import json
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .errors import StudioError
from .hand_prior import MAX_DRAFT_BYTES, Draft, save_prior
from .media import Media
from .models import StudioModel, View
from .pictures import encode
from .project import Project
from .runs import find_runs, read_run

PAGE = Path(__file__).with_name('page')


class Studio:
    """What all requests share.

    Args:
        project: The folder that the page may reach.
        models: Loaded ones.
        skeletons: To choose from when joints are placed, see :func:`~.skeletons.describe_skeleton`.
        media: Pictures and videos; those of the project by default.
        box: (x1, y1, x2, y2), where the figure is in pictures of the size of the project's videos.
    """

    def __init__(
        self,
        project: Project,
        models: Sequence[StudioModel] = (),
        skeletons: Sequence[dict] = (),
        media: Media | None = None,
        box: Sequence[float] | None = None,
    ) -> None:
        self.project, self.models = project, list(models)
        self.skeletons = _without_repeats([*(model.describe()['skeleton'] for model in models), *skeletons])
        self.media = media or Media(project)
        self.draft = Draft(project)
        self.box = None if box is None else [float(side) for side in box]

    def state(self, request: dict) -> dict:
        """What the page starts from."""
        return dict(
            project=self.project.root.name,
            models=[model.describe() for model in self.models],
            skeletons=self.skeletons,
            limits=dict(image=self.media.max_image_bytes, video=self.media.max_video_bytes),
        )

    def files(self, request: dict) -> dict:
        """Pictures and videos of the project."""
        files, more = self.project.pictures_and_videos()
        return dict(files=files, more=more)

    def describe(self, request: dict) -> dict:
        """Size and length of a picture or video, and the box to begin with, None for the whole picture."""
        described = self.media.describe(request.get('path'))
        return dict(described, box=self.box if self._has_the_box(described) else None)

    def _has_the_box(self, described: dict) -> bool:
        """Whether the project's box is meant for a file: a video of the project, or of the same size."""
        size = (described['width'], described['height'])
        if self.box is None or self.box[2] > size[0] or self.box[3] > size[1]:
            return False
        if not self.project.given or described['path'] in self.project.given:
            return True
        video = self.media.describe(next(iter(self.project.given)))
        return size == (video['width'], video['height'])

    def frame(self, request: dict) -> Response:
        """A frame as a picture."""
        content, kind = encode(self.media.frame(request.get('path'), _whole(request.get('frame', '0'))))
        return Response(content, media_type=kind)

    def read(self, request: dict) -> dict:
        """What a model sees in a picture."""
        return self._model(request).read(self._view(request.get('view')), self._appearance(request))

    def paint(self, request: dict) -> dict:
        """A picture painted from moved keypoints."""
        model, view = self._model(request), self._view(request.get('view'))
        return model.paint(view, request.get('keypoints'), self._appearance(request))

    def save_prior(self, request: dict) -> dict:
        """Write placed poses."""
        return save_prior(self.project, request)

    def read_draft(self, request: dict) -> dict:
        """The poses that are being placed."""
        return self.draft.read()

    def write_draft(self, request: dict) -> dict:
        """Keep them."""
        content = request.get('content')
        if not isinstance(content, dict):
            raise StudioError('a draft must be an object')
        return dict(revision=self.draft.write(_whole(request.get('revision')), content))

    def runs(self, request: dict) -> dict:
        """Trainings of the project."""
        return dict(runs=find_runs(self.project))

    def run(self, request: dict) -> dict:
        """Sheets and curves of one."""
        return read_run(self.project, request.get('path'))

    def sheet(self, request: dict) -> Response:
        """A contact sheet, decoded and encoded again as all pictures are."""
        content, kind = encode(self.media.frame(request.get('path'), 0))
        return Response(content, media_type=kind)

    def _model(self, request: dict) -> StudioModel:
        number = _whole(request.get('model'))
        if number >= len(self.models):
            raise StudioError(f'there is no model {number}; the studio was started with {len(self.models)}', 404)
        return self.models[number]

    def _view(self, view: dict | None) -> View:
        if not isinstance(view, dict):
            raise StudioError('a view must be an object with path, frame and box')
        path, frame = view.get('path'), _whole(view.get('frame', 0))
        image = self.media.frame(path, frame)
        status = self.project.file(path).stat()
        return View((path, frame, status.st_mtime_ns, status.st_size), image, _box(view.get('box'), image.shape))

    def _appearance(self, request: dict) -> View | None:
        return None if request.get('appearance') is None else self._view(request['appearance'])


def create_app(studio: Studio) -> Starlette:
    """The application, still without :class:`~.security.Guard`."""
    reads = dict(
        state=studio.state,
        files=studio.files,
        frame=studio.frame,
        media=studio.describe,
        draft=studio.read_draft,
        runs=studio.runs,
        run=studio.run,
        sheet=studio.sheet,
    )
    writes = dict(read=studio.read, paint=studio.paint, prior=studio.save_prior, draft=studio.write_draft)

    async def upload(request: Request) -> Response:
        name = unquote(request.headers.get('x-file-name', 'upload'))[:200]

        async def answer() -> dict:
            path = await studio.media.receive(name, request.stream())
            try:
                return await run_in_threadpool(studio.media.describe, studio.project.name_of(path))
            except StudioError:
                path.unlink(missing_ok=True)
                raise

        return await _answer(answer)

    async def start(request: Request) -> Response:
        return FileResponse(PAGE / 'index.html')

    return Starlette(
        routes=[
            Route('/', start),
            Route('/api/upload', upload, methods=['POST']),
            *(Route(f'/api/{name}', _get(function), methods=['GET']) for name, function in reads.items()),
            *(Route(f'/api/{name}', _post(function), methods=['POST']) for name, function in writes.items()),
            Mount('/page', StaticFiles(directory=PAGE, html=False)),
        ],
    )


def _get(function: Callable[[dict], dict | Response]) -> Callable:
    async def endpoint(request: Request) -> Response:
        async def answer() -> dict | Response:
            return await run_in_threadpool(function, dict(request.query_params))

        return await _answer(answer)

    return endpoint


def _post(function: Callable[[dict], dict | Response]) -> Callable:
    async def endpoint(request: Request) -> Response:
        async def answer() -> dict | Response:
            return await run_in_threadpool(function, await _json(request))

        return await _answer(answer)

    return endpoint


async def _json(request: Request) -> dict:
    if request.headers.get('content-type', '').split(';')[0].strip() != 'application/json':
        raise StudioError('the request must be application/json', 415)
    content = b''
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_DRAFT_BYTES:
            raise StudioError(f'the request is larger than {MAX_DRAFT_BYTES // 2**20} MiB', 413)
    try:
        # NaN and the like are no JSON, and no coordinate.
        parsed = json.loads(content, parse_constant=lambda name: int(name))
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise StudioError('the request is no JSON object')
    return parsed


async def _answer(function: Callable) -> Response:
    """The answer of a function, or one sentence on what is wrong."""
    try:
        result = await function()
        return result if isinstance(result, Response) else JSONResponse(result)
    except StudioError as error:
        return JSONResponse({'error': str(error)}, error.status)
    except FileNotFoundError as error:
        return JSONResponse({'error': str(error)}, 404)
    except ValueError as error:
        return JSONResponse({'error': ' '.join(str(error).split())}, 400)
    except OSError as error:
        return JSONResponse({'error': f'the disk refuses: {error.strerror or error}'}, 500)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        traceback.print_exc()
        return JSONResponse({'error': 'the studio itself failed; its terminal has the details'}, 500)


def _whole(value) -> int:
    """A number of a request that counts something."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if type(value) is int and 0 <= value < 10**9:
        return value
    raise StudioError(f'expected a whole number of at least 0, got {str(value)[:50]!r}')


def _box(box, shape: tuple[int, ...]) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    numbers = isinstance(box, list) and len(box) == 4 and all(type(side) in (int, float) for side in box)
    if not numbers or not (box[0] < box[2] and box[1] < box[3]):
        raise StudioError('box must be [x1, y1, x2, y2] with x1 < x2 and y1 < y2')
    height, width = shape[:2]
    if min(box) < -max(shape) or max(box[0], box[2]) > 2 * width or max(box[1], box[3]) > 2 * height:
        raise StudioError(f'the box is far outside the picture of {width} x {height} pixels')
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        raise StudioError('the box is smaller than a pixel')
    return tuple(float(side) for side in box)


def _without_repeats(skeletons: list[dict]) -> list[dict]:
    return [skeleton for place, skeleton in enumerate(skeletons) if skeleton not in skeletons[:place]]
