"""Exported files against the model they come from."""

import json
import runpy
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer, init_model
from mmpose.models.pose_estimators import TopdownPoseEstimator

from kpgan_mm.apis import export, export_model, init_keypoint_model, predict, predict_samples, reenact
from kpgan_mm.apis.export_comparison import Examples, predictions_of, reconstructions_of
from kpgan_mm.apis.export_graphs import ExportMismatchError
from kpgan_mm.apis.export_networks import Detector, Drawing, Painter
from kpgan_mm.apis.export_stock import box_of, crop_of
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.optional import MissingPackageError
from tests.small_runs import puppet_config
from tests.toys import ROOT, forget_runs, load_tool

BOX = (7, 3, 49, 30)


def shake(model):
    """Random weights that put keypoints apart; as initialised they are all in the middle, and equality says nothing."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.kaiming_normal_(parameter)
    return model


@pytest.fixture(scope='module')
def trained(keypoint_config, tmp_path_factory):
    """Configuration and checkpoint of a KeypointGAN whose confidences are calibrated."""
    folder = tmp_path_factory.mktemp('trained')
    model = shake(init_keypoint_model(deepcopy(keypoint_config)))
    model.head.calibration.slope.fill_(0.5)
    model.head.calibration.offsets.copy_(torch.tensor([0.0, 1.0, -1.0]))
    model.head.calibration.within.fill_(0.1)
    keypoint_config.dump(folder / 'three.py')
    meta = {'dataset_meta': {}, 'iter': 7}
    torch.save({'meta': {'iter': meta['iter']}, 'state_dict': model.state_dict()}, folder / 'three.pth')
    return folder / 'three.py', folder / 'three.pth'


@pytest.fixture(scope='module')
def exported(trained, tmp_path_factory):
    """Everything, exported once: files by the end of their names."""
    folder = tmp_path_factory.mktemp('exported')
    files = export_model(*trained, folder)
    assert sorted(file.path for file in files) == sorted(folder.iterdir())
    return files


@pytest.fixture(scope='module')
def model(trained):
    return init_keypoint_model(*trained)


@pytest.fixture(scope='module')
def pictures():
    """Three BGR pictures of 40 x 60 pixels."""
    coarse = np.random.default_rng(0).integers(0, 255, (3, 4, 6, 3)).astype(np.uint8)
    return [cv2.resize(picture, (60, 40), interpolation=cv2.INTER_CUBIC) for picture in coarse]


def one(files, ending):
    (file,) = [file for file in files if file.path.name.endswith(ending)]
    return file


def test_what_is_written(exported):
    names = sorted(file.path.name for file in exported)
    slim = names.pop(0)
    assert slim.startswith('three-') and slim.endswith('.pth') and len(slim) == len('three-12345678.pth')
    assert names == [
        *('three_detector.onnx', 'three_detector.pt2', 'three_generator.onnx', 'three_generator.pt2', 'three_stock.py')
    ]
    for file in exported:
        assert (file.difference is None) == (file.path.suffix in ('.pth', '.py'))
        assert file.difference is None or file.difference <= 1e-4
    assert 'detector, ' in str(one(exported, 'detector.onnx')) and ' of the model' in str(
        one(exported, 'detector.onnx')
    )


def test_the_onnx_file(exported):
    file = onnx.load(one(exported, 'detector.onnx').path)
    assert [(entry.domain, entry.version) for entry in file.opset_import] == [('', 18)]
    (images,) = file.graph.input
    sides = images.type.tensor_type.shape.dim
    assert images.name == 'images' and images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert sides[0].dim_param and [side.dim_value for side in sides[1:]] == [32, 32, 3]
    assert [entry.name for entry in file.graph.output] == ['keypoints', 'keypoint_scores']
    about = json.loads({entry.key: entry.value for entry in file.metadata_props}['kpgan_mm'])
    assert about == {
        'network': 'detector',
        'keypoints': ['head', 'left', 'right'],
        'links': [[0, 1], [0, 2]],
        'colors': [[255, 0, 0], [0, 255, 0], [0, 0, 255]],
        'input_size': [32, 32],
        'padding': 1.0,
        'crop': 'widen',
    }


@pytest.mark.parametrize('ending', ['detector.onnx', 'detector.pt2', 'generator.onnx', 'generator.pt2', 'stock.py'])
def test_no_path_of_this_machine(exported, ending):
    content = one(exported, ending).path.read_bytes()
    assert str(ROOT).encode() not in content and b'site-packages' not in content


def test_the_demo_gives_what_predict_gives(exported, model, pictures):
    demo = runpy.run_path(str(ROOT / 'demo' / 'onnx_demo.py'))
    detector = demo['Detector'](str(one(exported, 'detector.onnx').path))
    keypoints, scores = detector(pictures, [BOX] * 3)
    np.testing.assert_allclose(keypoints, predict(model, pictures, BOX), atol=1e-3)
    theirs = [sample.pred_instances.keypoint_scores[0] for sample in predict_samples(model, pictures, BOX)]
    np.testing.assert_allclose(scores, theirs, atol=1e-3)
    assert keypoints.std(axis=(0, 1)).min() > 0.5 and scores.std() > 0.01


def test_files_of_projects_are_named_after_their_folder(trained, keypoint_config, tmp_path):
    folder = tmp_path / 'mouse.v2'
    folder.mkdir()
    keypoint_config.dump(folder / 'config.py')
    slim, stock = export_model(folder / 'config.py', trained[1], tmp_path / 'out', ['stock'])
    assert slim.path.name.startswith('mouse.v2-') and stock.path.name == 'mouse.v2_stock.py'


def test_names(tmp_path, monkeypatch):
    runs = tmp_path / 'mouse' / 'runs'
    runs.mkdir(parents=True)
    assert export.export_name('configs/my_video.py') == 'my_video'
    assert export.export_name(runs / 'config.py') == 'runs'
    # Of a project, whose training left a copy of the configuration beside the checkpoints.
    (tmp_path / 'mouse' / 'config.py').touch()
    (runs / 'config.py').touch()
    assert export.export_name(tmp_path / 'mouse' / 'config.py') == 'mouse'
    assert export.export_name(runs / 'config.py') == 'mouse'
    monkeypatch.chdir(runs)
    assert export.export_name('config.py') == 'mouse'


def test_the_crop_of_a_project_is_the_box_of_the_demo(trained, pictures, tmp_path):
    folder = tmp_path / 'mouse'
    folder.mkdir()
    cfg = Config.fromfile(trained[0])
    cfg.crop = (7, 3, 42, 27)  # x, y, width, height of BOX
    cfg.dump(folder / 'config.py')
    (file,) = [
        file for file in export_model(folder / 'config.py', trained[1], tmp_path, ['onnx']) if file.what == 'detector'
    ]
    assert file.path.name == 'mouse_detector.onnx'
    demo = runpy.run_path(str(ROOT / 'demo' / 'onnx_demo.py'))
    detector = demo['Detector'](str(file.path))
    assert detector.about['box'] == list(BOX) and detector.about['crop'] == 'widen'
    cv2.imwrite(str(tmp_path / 'a.png'), pictures[0])
    rows = []
    for number, box in enumerate(([], ['--box', *map(str, BOX)], ['--box', '0', '0', '60', '40'])):
        out = tmp_path / f'{number}.csv'
        demo['main']([str(file.path), str(tmp_path / 'a.png'), '--out', str(out), *box])
        rows.append(out.read_text())
    assert rows[0] == rows[1] != rows[2]
    cv2.imwrite(str(tmp_path / 'small.png'), pictures[0][:20])
    with pytest.raises(
        SystemExit, match='was trained on the box 7 3 49 30 of its videos, and this picture has 60 x 20'
    ):
        demo['main']([str(file.path), str(tmp_path / 'small.png'), '--out', str(out)])
    cfg.crop = [dict(type='X')] * 4
    assert box_of(cfg) is None and box_of(Config()) is None


def test_the_demo_needs_neither_torch_nor_us(exported, pictures, tmp_path):
    video = cv2.VideoWriter(str(tmp_path / 'in.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 25, (60, 40))
    for picture in pictures:
        video.write(picture)
    video.release()
    program = (
        'import runpy, sys\n'
        'main = runpy.run_path(sys.argv[1])["main"]\n'
        'main(sys.argv[2:])\n'
        'assert not {"torch", "kpgan_mm", "mmengine"} & set(sys.modules)\n'
    )
    out, overlay = tmp_path / 'keypoints.csv', tmp_path / 'out.mp4'
    detector = str(one(exported, 'detector.onnx').path)
    command = [sys.executable, '-c', program, str(ROOT / 'demo' / 'onnx_demo.py'), detector, str(tmp_path / 'in.mp4')]
    subprocess.run([*command, '--out', str(out), '--overlay', str(overlay)], check=True, cwd=tmp_path)
    rows = [line.split(',') for line in out.read_text().splitlines()]
    assert rows[0] == [
        'frame',
        *(f'{name}_{part}' for name in ('head', 'left', 'right') for part in ('x', 'y', 'score')),
    ]
    assert [row[0] for row in rows[1:]] == ['0', '1', '2']
    frames = cv2.VideoCapture(str(overlay))
    assert frames.get(cv2.CAP_PROP_FRAME_COUNT) == 3


@pytest.mark.parametrize('kind', ['onnx', 'pt2'])
def test_detector_and_generator_redraw(exported, model, pictures, kind):
    geometry, appearance = (cv2.resize(picture, (32, 32)) for picture in pictures[:2])
    files = [one(exported, f'{what}.{kind}').path for what in ('detector', 'generator')]
    if kind == 'onnx':
        detector, generator = (onnxruntime.InferenceSession(str(file)) for file in files)
        keypoints, _ = detector.run(None, {'images': geometry[None]})
        (picture,) = generator.run(None, {'keypoints': keypoints, 'reference': appearance[None]})
    else:
        detector, generator = (torch.export.load(str(file)).module() for file in files)
        keypoints, _ = detector(torch.from_numpy(geometry[None]))
        picture = generator(keypoints, torch.from_numpy(appearance[None])).detach().numpy()
    assert picture.shape == (1, 32, 32, 3) and picture.dtype == np.float32
    expected = reenact(model, geometry, appearance)
    assert np.abs(picture[0] - expected).max() < 1.01  # the one is rounded down to whole numbers
    assert expected.std() > 1


def test_a_program_needs_torch_only(exported):
    program = (
        'import json, sys, torch\n'
        'files = {"kpgan_mm": ""}\n'
        'module = torch.export.load(sys.argv[1], extra_files=files).module()\n'
        'keypoints, scores = module(torch.zeros(5, 32, 32, 3, dtype=torch.uint8))\n'
        'assert not {"kpgan_mm", "mmengine", "mmpose"} & set(sys.modules)\n'
        'print(tuple(keypoints.shape), tuple(scores.shape), json.loads(files["kpgan_mm"])["keypoints"])\n'
    )
    command = [sys.executable, '-c', program, str(one(exported, 'detector.pt2').path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "(5, 3, 2) (5, 3) ['head', 'left', 'right']"


@pytest.mark.parametrize('safetensors', [False, True])
def test_the_slim_checkpoint_predicts_the_same_bit_for_bit(trained, exported, model, pictures, safetensors, tmp_path):
    slim = one(exported, '.pth').path
    if safetensors:
        (file,) = export_model(*trained, tmp_path, ['slim'], safetensors=True)
        slim = file.path
        assert slim.suffix == '.safetensors'
    restored = init_keypoint_model(trained[0], slim)
    np.testing.assert_array_equal(predict(restored, pictures, BOX), predict(model, pictures, BOX))
    assert slim.stat().st_size < 0.7 * trained[1].stat().st_size
    assert restored.dataset_meta['keypoint_name2id'] == {'head': 0, 'left': 1, 'right': 2}


def test_the_stock_pair_in_mmpose(exported, model, pictures, tmp_path):
    config, checkpoint = (str(one(exported, ending).path) for ending in ('_stock.py', '.pth'))
    content = Config.fromfile(config)
    assert content.custom_imports.imports == ['kpgan_mm'] and content.model.type == 'TopdownPoseEstimator'
    assert 'generator' not in content.model and 'from_file' not in Path(config).read_text()
    stock = init_model(config, checkpoint, device='cpu')
    assert type(stock) is TopdownPoseEstimator
    np.testing.assert_array_equal(predict(stock, pictures, BOX), predict(model, pictures, BOX))
    inferencer = MMPoseInferencer(pose2d=config, pose2d_weights=checkpoint, det_model='whole_image', device='cpu')
    files = [str(tmp_path / f'{number}.png') for number in range(2)]
    for file, picture in zip(files, pictures, strict=False):
        cv2.imwrite(file, picture)
    results = list(inferencer(files, show_progress=False))
    theirs = np.array([result['predictions'][0][0]['keypoints'] for result in results], np.float32)
    ours = np.concatenate([predict(model, [picture]) for picture in pictures[:2]])
    np.testing.assert_array_equal(theirs, ours)
    forget_runs()


def test_the_speed_of_the_files(trained, exported, tmp_path, capsys):
    threads = torch.get_num_threads()
    # As in a project called three, whose files are named alike.
    project = tmp_path / 'three'
    project.mkdir()
    shutil.copy(trained[0], project / 'config.py')
    folder = str(exported[0].path.parent)
    load_tool('benchmarks/exported_speed').main([str(project / 'config.py'), str(trained[1]), folder, '--rounds', '2'])
    torch.set_num_threads(threads)
    lines = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split()[0] for line in lines] == ['model.test_step', 'network', 'onnx', 'pt2']
    assert all(float(line.split()[1]) > 0 for line in lines)


def test_a_file_that_differs_is_not_kept(trained, model, tmp_path, monkeypatch):
    predict_rightly = predictions_of(model)
    monkeypatch.setattr(
        export, 'predictions_of', lambda _: lambda arrays: tuple(array + 0.032 for array in predict_rightly(arrays))
    )
    with pytest.raises(ExportMismatchError, match=r'detector as pt2 differs from the model by 3.2e-02, and 1e-04'):
        export_model(*trained, tmp_path, ['pt2'])
    assert not list(tmp_path.iterdir())


def test_says_what_cannot_be_exported(trained, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match='formats must be of onnx, pt2, slim, stock, got torchscript'):
        export_model(*trained, tmp_path, ['torchscript'])
    with pytest.raises(ConfigError, match='no configuration nowhere.py'):
        export_model('nowhere.py', trained[1], tmp_path)
    pipeline = Config.fromfile(trained[0]).test_dataloader.dataset.pipeline
    pipeline[2].use_udp = True
    with pytest.raises(ConfigError, match='the test pipeline has TopdownAffine'):
        export_model(*trained, tmp_path, ['pt2'], cfg_options={'test_dataloader.dataset.pipeline': pipeline})
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(MissingPackageError, match=r'^export to ONNX needs onnx.*: pip install kpgan_mm\[export\]$'):
        export_model(*trained, tmp_path, ['onnx'])
    assert not list(tmp_path.iterdir())


def test_a_head_of_mmpose_with_heatmaps_is_refused(tmp_path):
    model = init_keypoint_model(puppet_hourglass(tmp_path))
    with pytest.raises(ConfigError, match='HeatmapHead cannot be exported'):
        Detector(model)
    forget_runs()


def puppet_hourglass(folder):
    cfg = puppet_config(folder, 1, 'supervised_puppets')
    codec = dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=1)
    cfg.model.backbone = dict(type='ResNet', depth=18, base_channels=4, stem_channels=4)
    cfg.model.head = dict(type='HeatmapHead', in_channels=32, out_channels=14, decoder=codec)
    return cfg


def compare(model):
    """Networks that leave, run by PyTorch, against the model."""
    networks = [(Detector(model), predictions_of(model))]
    if hasattr(model, 'generator'):
        networks.append((Painter(model), reconstructions_of(model)))
    for network, reference in networks:
        arrays = Examples(model, network)(3)
        with torch.no_grad():
            outputs = network.eval()(*map(torch.from_numpy, arrays))
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        for ours, theirs in zip(outputs, reference(arrays), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-2 if isinstance(network, Painter) else 1e-3)
            assert theirs.std() > 1e-3


CONFIGS = ['autolink_puppets', 'imm_puppets', 'supervised_puppets', 'cyclegan_puppets', 'kpgan_puppets']


@pytest.mark.parametrize('name', CONFIGS)
def test_networks_of_other_configs(name, tmp_path):
    compare(shake(init_keypoint_model(puppet_config(tmp_path, 1, name))))
    forget_runs()


def test_a_regression_of_mmpose(tmp_path):
    cfg = puppet_config(tmp_path, 1, 'supervised_puppets')
    cfg.model.backbone = dict(type='ResNet', depth=18, base_channels=4, stem_channels=4)
    cfg.model.neck = dict(type='GlobalAveragePooling')
    codec = dict(type='RegressionLabel', input_size=(64, 64))
    cfg.model.head = dict(type='RegressionHead', in_channels=32, num_joints=14, decoder=codec)
    model = shake(init_keypoint_model(cfg))
    assert model.test_cfg['flip_test']
    compare(model)
    assert Detector(model).outputs == ('keypoints',)
    forget_runs()


def test_some_keypoints_only(keypoint_config):
    cfg = deepcopy(keypoint_config)
    cfg.model.test_cfg = dict(output_keypoint_indices=[2, 0])
    compare(shake(init_keypoint_model(cfg)))


def test_a_crop_whose_background_is_painted_over(trained):
    cfg = Config.fromfile(trained[0])
    cfg.test_dataloader.dataset.pipeline.insert(1, dict(type='kpgan_mm.MaskBackground', value=127.5))
    assert crop_of(init_keypoint_model(cfg)) == {'padding': 1.0, 'crop': 'widen', 'background': 127.5}


@pytest.mark.slow
@pytest.mark.parametrize('name', ['autolink_puppets', 'imm_puppets', 'supervised_puppets'])
def test_onnx_of_other_configs(name, tmp_path):
    cfg = puppet_config(tmp_path, 1, name)
    cfg.dump(tmp_path / f'{name}.py')
    model = shake(init_keypoint_model(cfg))
    torch.save({'meta': {}, 'state_dict': model.state_dict()}, tmp_path / 'weights.pth')
    files = export_model(tmp_path / f'{name}.py', tmp_path / 'weights.pth', tmp_path / 'out', ['onnx'])
    assert len(files) == (1 if name == 'supervised_puppets' else 2)
    assert all(file.difference <= 1e-4 for file in files)
    forget_runs()


@pytest.mark.parametrize('falloff', ['exponential', 'gaussian'])
def test_drawing(keypoint_config, falloff):
    cfg = deepcopy(keypoint_config)
    cfg.model.head.falloff = falloff
    head = init_keypoint_model(cfg).head
    keypoints = torch.rand(4, 3, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    keypoints[0] = 0.3  # links of length zero
    torch.testing.assert_close(Drawing(head)(keypoints), head.render(keypoints))
