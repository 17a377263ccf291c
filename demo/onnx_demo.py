"""Keypoints of a picture or a video by an exported detector, with NumPy, OpenCV and ONNX Runtime alone.

    python onnx_demo.py detector.onnx video.mp4 --out keypoints.csv --overlay overlay.mp4

Copy this file wherever you need it: it imports nothing of kpgan_mm. The detector says by itself how large its input is,
how it was cropped in training, where the figure was in its videos, and what its keypoints are called.
"""

import argparse
import csv
import json

import cv2
import numpy as np
import onnxruntime


class Detector:
    """An exported detector.

    Args:
        path (str): the ONNX file.
        threads (int): 0 leaves the choice to ONNX Runtime.
    """

    def __init__(self, path, threads=0):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        self.about = json.loads(self.session.get_modelmeta().custom_metadata_map['kpgan_mm'])
        self.width, self.height = self.about['input_size']

    def default_box(self, image):
        """Where the figure is: the box that the detector was trained on, or the whole image if it knows none."""
        height, width = image.shape[:2]
        box = self.about.get('box') or (0, 0, width, height)
        if box[2] > width or box[3] > height:
            raise SystemExit(
                f'error: the detector was trained on the box {" ".join(f"{side:g}" for side in box)} of its videos, '
                f'and this picture has {width} x {height} pixels only: say where the figure is with --box X1 Y1 X2 Y2'
            )
        return box

    def region(self, box):
        """Center and size (width, height) of what is cropped for a box (x1, y1, x2, y2)."""
        x1, y1, x2, y2 = box
        size = np.array([x2 - x1, y2 - y1]) * self.about['padding']
        if self.about['crop'] == 'widen':  # to the aspect of the input
            aspect = self.width / self.height
            size = np.array([max(size[0], size[1] * aspect), max(size[1], size[0] / aspect)])
        return np.array([x1 + x2, y1 + y2]) / 2, size

    def crop(self, image, box):
        """The input of the network: the box, warped so that its corner is at (0, 0)."""
        center, size = self.region(box)
        factors = np.array([self.width, self.height]) / size
        matrix = np.column_stack([np.diag(factors), factors * (size / 2 - center)])
        return cv2.warpAffine(image, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR)

    def __call__(self, images, boxes):
        """Keypoints (N, K, 2) in pixels of the images (H, W, 3), uint8 BGR, and scores (N, K); None if it has none."""
        crops = np.stack([self.crop(image, box) for image, box in zip(images, boxes, strict=True)])
        keypoints, *scores = self.session.run(None, {'images': crops})
        for instance, box in zip(keypoints, boxes, strict=True):
            center, size = self.region(box)
            instance[:] = instance / (self.width, self.height) * size + center - size / 2
        return keypoints, scores[0] if scores else None


def draw(image, keypoints, about):
    """A copy of the image with the skeleton."""
    image = image.copy()
    points = [tuple(int(round(float(value))) for value in point) for point in keypoints]
    for start, end in about['links']:
        cv2.line(image, points[start], points[end], (200, 200, 200), 1, cv2.LINE_AA)
    for k, point in enumerate(points):
        red, green, blue = about['colors'][k] if about['colors'] else (255, 128, 0)
        cv2.circle(image, point, 3, (blue, green, red), -1, cv2.LINE_AA)
    return image


def frames_of(path):
    """Frames of a video, or one picture."""
    image = cv2.imread(path)
    if image is not None:
        yield image
        return
    video = cv2.VideoCapture(path)
    if not video.isOpened():
        raise SystemExit(f'error: {path} can be read neither as a picture nor as a video')
    while True:
        good, frame = video.read()
        if not good:
            return
        yield frame


def main(arguments=None):
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('detector', help='..._detector.onnx from tools/export.py')
    parser.add_argument('source', help='picture or video')
    parser.add_argument('--out', default='keypoints.csv', help='table to write (default: %(default)s)')
    parser.add_argument('--overlay', help='picture or video to draw into, such as overlay.png or overlay.mp4')
    parser.add_argument(
        '--box',
        type=float,
        nargs=4,
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='where the figure is (default: the box of the training, or everything)',
    )
    args = parser.parse_args(arguments)

    detector = Detector(args.detector)
    names = detector.about['keypoints']
    video = None
    with open(args.out, 'w', newline='') as file:
        table = csv.writer(file)
        table.writerow(['frame', *(f'{name}_{part}' for name in names for part in ('x', 'y', 'score'))])
        for number, frame in enumerate(frames_of(args.source)):
            box = args.box or detector.default_box(frame)
            keypoints, scores = detector([frame], [box])
            certain = np.ones(len(names)) if scores is None else scores[0]
            table.writerow([number, *(f'{v:.3f}' for k in range(len(names)) for v in (*keypoints[0][k], certain[k]))])
            if args.overlay and args.overlay.endswith(('.png', '.jpg')):
                cv2.imwrite(args.overlay, draw(frame, keypoints[0], detector.about))
            elif args.overlay:
                if video is None:
                    code = cv2.VideoWriter_fourcc(*'mp4v')
                    video = cv2.VideoWriter(args.overlay, code, 25, frame.shape[1::-1])
                video.write(draw(frame, keypoints[0], detector.about))
    if video is not None:
        video.release()
    print(f'wrote {args.out}' + (f' and {args.overlay}' if args.overlay else ''))


if __name__ == '__main__':
    main()
