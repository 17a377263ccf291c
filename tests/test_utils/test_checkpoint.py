"""Checkpoints: plain in both directions, and refused where they are not."""

import os
import pickle
import struct
from collections import Counter, OrderedDict, deque
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, load_checkpoint
from torch import nn

from kpgan_mm.utils import checkpoint as checkpoints
from kpgan_mm.utils.checkpoint import (
    CheckpointError,
    MissingCheckpointError,
    UntrustedCheckpointError,
    from_plain,
    to_plain,
    trust_checkpoints,
)


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, file):
        self.file = str(file)

    def __reduce__(self):
        return os.mkdir, (self.file,)


def round_trip(checkpoint, file):
    torch.save(to_plain(checkpoint), file)
    assert torch.serialization.get_unsafe_globals_in_checkpoint(file) == []
    return from_plain(torch.load(file, weights_only=True))


class TestPlainTypes:
    def test_arrays_come_back_as_they_were(self, tmp_path):
        arrays = [
            np.arange(6, dtype=np.uint8).reshape(2, 3),
            np.array([0.1, 0.2], np.float32),
            np.array(3.5),
            np.zeros((0, 2), np.int64),
            np.array([True, False]),
            np.arange(6.0)[::-2],
        ]
        loaded = round_trip({'meta': {'colors': arrays, 7: (1, arrays[0])}}, tmp_path / 'a.pth')
        for expected, array in zip(arrays, loaded['meta']['colors'], strict=True):
            assert isinstance(array, np.ndarray)
            assert array.dtype == expected.dtype
            assert np.array_equal(array, expected)
        assert np.array_equal(loaded['meta'][7][1], arrays[0])
        assert 'plain_types' not in loaded

    def test_history_buffers_come_back_as_they_were(self, tmp_path):
        buffer = HistoryBuffer([1.5, 2.5, 4.0], [1, 2, 1], max_length=3)
        loaded = round_trip({'message_hub': {'log_scalars': OrderedDict(loss=buffer)}}, tmp_path / 'a.pth')
        restored = loaded['message_hub']['log_scalars']['loss']
        assert isinstance(restored, HistoryBuffer)
        for expected, array in zip(buffer.data, restored.data, strict=True):
            assert array.dtype == expected.dtype
            assert np.array_equal(array, expected)
        restored.update(8.0)
        assert restored.max_length == 3
        assert list(restored.data[0]) == [2.5, 4.0, 8.0]
        assert restored.mean(2) == 6.0

    def test_the_rest_becomes_plain(self):
        checkpoint = {
            'number': np.float64(0.1),
            'flag': np.bool_(True),
            'key': {np.int64(3): 'c'},
            'counter': Counter({400: 1}),
            'ids': deque([1, 2]),
            'words': np.array(['a', 'b']),
            'path': Path('work_dir') / 'iter_1.pth',
            'none': None,
        }
        plain = to_plain(checkpoint)
        assert plain.pop('plain_types') == {'arrays': [], 'history_buffers': []}
        assert plain == {
            'number': 0.1,
            'flag': True,
            'key': {3: 'c'},
            'counter': {400: 1},
            'ids': [1, 2],
            'words': ['a', 'b'],
            'path': os.path.join('work_dir', 'iter_1.pth'),
            'none': None,
        }
        kinds = {name: type(value) for name, value in plain.items()}
        assert kinds['number'] is float
        assert kinds['flag'] is bool
        assert kinds['counter'] is dict

    def test_weights_keep_storage_order_and_versions(self):
        state_dict = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm2d(2)).state_dict()
        plain = to_plain({'state_dict': state_dict})['state_dict']
        assert list(plain) == list(state_dict)
        assert isinstance(plain, OrderedDict)
        assert plain._metadata == state_dict._metadata
        assert plain['0.weight'].data_ptr() == state_dict['0.weight'].data_ptr()

    def test_the_original_is_not_changed(self):
        checkpoint = {'meta': {'sigmas': np.ones(2)}}
        to_plain(checkpoint)
        assert isinstance(checkpoint['meta']['sigmas'], np.ndarray)

    def test_what_has_no_plain_form_is_named(self):
        with pytest.raises(CheckpointError, match=r"\['meta'\]\['list'\]\[1\] of the checkpoint is a .*Bomb"):
            to_plain({'meta': {'list': [1, Bomb('x')]}})
        with pytest.raises(CheckpointError, match=r'has the key \(1, 2\)'):
            to_plain({'meta': {(1, 2): 3}})

    @pytest.mark.parametrize(
        'notes', [3, {'arrays': [('nowhere',)], 'history_buffers': []}, {'arrays': [('text',)], 'history_buffers': []}]
    )
    def test_notes_that_do_not_fit(self, notes):
        with pytest.raises(CheckpointError, match='does not fit'):
            from_plain({'text': 'a', 'plain_types': notes})

    def test_foreign_checkpoints_pass_through(self):
        state_dict = {'weight': torch.ones(1)}
        assert from_plain(state_dict) is state_dict


class TestLoading:
    @pytest.mark.parametrize('legacy', [False, True])
    def test_code_is_refused_and_not_run(self, tmp_path, legacy):
        file, made = str(tmp_path / 'bomb.pth'), tmp_path / 'made'
        torch.save({'state_dict': {}, 'meta': Bomb(made)}, file, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(
            UntrustedCheckpointError, match=r'bomb\.pth was not loaded.*\.mkdir.*--trust-checkpoint'
        ) as error:
            CheckpointLoader.load_checkpoint(file)
        assert '\n' not in str(error.value)
        assert not made.exists()

    def test_code_in_a_bare_pickle_is_refused_and_not_run(self, tmp_path):
        file, made = tmp_path / 'bomb.pth', tmp_path / 'made'
        for protocol in (2, 4):
            file.write_bytes(pickle.dumps(Bomb(made), protocol=protocol))
            with pytest.raises(CheckpointError):
                CheckpointLoader.load_checkpoint(str(file))
        assert not made.exists()

    def test_trusting_loads_everything(self, tmp_path):
        file, made = str(tmp_path / 'old.pth'), tmp_path / 'made'
        torch.save({'meta': {'colors': np.ones(3)}, 'old': Bomb(made)}, file)
        with trust_checkpoints():
            loaded = CheckpointLoader.load_checkpoint(file)
        assert np.array_equal(loaded['meta']['colors'], np.ones(3))
        assert made.exists()
        with pytest.raises(UntrustedCheckpointError):
            CheckpointLoader.load_checkpoint(file)

    def test_trusting_holds_from_the_call_on(self, tmp_path):
        file = str(tmp_path / 'old.pth')
        torch.save({'a': np.ones(3)}, file)
        trust_checkpoints()
        try:
            assert np.array_equal(CheckpointLoader.load_checkpoint(file)['a'], np.ones(3))
        finally:
            trust_checkpoints(False)
        with pytest.raises(UntrustedCheckpointError):
            CheckpointLoader.load_checkpoint(file)

    def test_no_allow_list_is_needed_nor_left(self, tmp_path):
        file = str(tmp_path / 'a.pth')
        torch.save(to_plain({'meta': {'sigmas': np.ones(3)}}), file)
        before = list(torch.serialization.get_safe_globals())
        loaded = CheckpointLoader.load_checkpoint(file)
        assert isinstance(loaded['meta']['sigmas'], np.ndarray)
        assert torch.serialization.get_safe_globals() == before

    @pytest.mark.parametrize('content', [b'', b'not a checkpoint', b'<html>404</html>'])
    def test_what_is_no_checkpoint(self, tmp_path, content):
        file = tmp_path / 'a.pth'
        file.write_bytes(content)
        with pytest.raises(CheckpointError, match=r'a\.pth is not a checkpoint, or a damaged one') as error:
            CheckpointLoader.load_checkpoint(str(file))
        assert '\n' not in str(error.value)

    def test_half_a_checkpoint(self, tmp_path):
        file = tmp_path / 'a.pth'
        torch.save({'a': torch.zeros(1000)}, file)
        file.write_bytes(file.read_bytes()[:2000])
        with pytest.raises(CheckpointError, match='damaged'):
            CheckpointLoader.load_checkpoint(str(file))

    def test_no_file(self, tmp_path):
        with pytest.raises(MissingCheckpointError, match='There is no checkpoint'):
            CheckpointLoader.load_checkpoint(str(tmp_path / 'a.pth'))
        with pytest.raises(FileNotFoundError):
            load_checkpoint(nn.Linear(1, 1), str(tmp_path / 'a.pth'))

    def test_every_prefix_is_ours(self):
        assert {loader.__module__ for loader in CheckpointLoader._schemes.values()} == {checkpoints.__name__}

    def test_downloads(self, tmp_path, monkeypatch):
        monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
        made = tmp_path / 'made'

        def download(url, target, *args, **kwargs):
            content = Bomb(made) if 'bad' in url else to_plain({'state_dict': {'backbone.w': torch.ones(1)}})
            torch.save(content, target)

        monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
        assert list(CheckpointLoader.load_checkpoint('https://zoo.test/good.pth')['state_dict']) == ['backbone.w']
        with pytest.raises(UntrustedCheckpointError, match='zoo.test/bad.pth was not loaded'):
            CheckpointLoader.load_checkpoint('https://zoo.test/bad.pth')
        assert not made.exists()

    def test_model_zoos(self, tmp_path, monkeypatch):
        addresses = {'vgg': 'https://zoo.test/vgg.pth', 'local': 'local.pth'}
        for name in ('get_torchvision_models', 'get_external_models', 'get_mmcls_models'):
            monkeypatch.setattr(checkpoints.mmengine_checkpoint, name, lambda: addresses)
        monkeypatch.setenv('MMENGINE_HOME', str(tmp_path))
        torch.save({'state_dict': {'a': torch.ones(1)}}, tmp_path / 'local.pth')
        asked = []

        def load(filename, map_location=None):
            asked.append(filename)
            return {'state_dict': {'backbone.a': torch.ones(1), 'head.a': torch.ones(1)}}

        monkeypatch.setattr(checkpoints, 'load_from_http', load)
        assert len(CheckpointLoader.load_checkpoint('torchvision://vgg')['state_dict']) == 2
        assert len(CheckpointLoader.load_checkpoint('openmmlab://vgg')['state_dict']) == 2
        assert list(CheckpointLoader.load_checkpoint('mmcls://vgg')['state_dict']) == ['a']
        assert asked == ['https://zoo.test/vgg.pth'] * 3
        assert list(CheckpointLoader.load_checkpoint('open-mmlab://local')['state_dict']) == ['a']
        with pytest.raises(CheckpointError, match='names no known model'):
            CheckpointLoader.load_checkpoint('torchvision://nothing')

    def test_stores(self, tmp_path, monkeypatch):
        file, made = tmp_path / 'a.pth', tmp_path / 'made'

        class Backend:
            def get(self, filename):
                return file.read_bytes()

        monkeypatch.setattr(checkpoints.mmengine_checkpoint, 'get_file_backend', lambda *args, **kwargs: Backend())
        torch.save({'a': 1}, file)
        assert CheckpointLoader.load_checkpoint('s3://bucket/a.pth') == {'a': 1}
        torch.save(Bomb(made), file)
        with pytest.raises(UntrustedCheckpointError):
            CheckpointLoader.load_checkpoint('petrel:s3://bucket/a.pth')
        assert not made.exists()
        with pytest.raises(CheckpointError, match='pavi'):
            CheckpointLoader.load_checkpoint('pavi://a.pth')


class TestPrograms:
    """MMEngine runs the text of a configuration that it finds in a checkpoint."""

    def write(self, file, made):
        program = f"import os\nos.mkdir({str(made)!r})\nmodel = dict(type='x')\n"
        meta = {'config': program, 'cfg': program, 'epoch': 0, 'iter': 0}
        hub = {'log_scalars': {}, 'runtime_info': {'cfg': program, 'iter': 3}, 'resumed_keys': {}}
        torch.save(to_plain({'meta': meta, 'message_hub': hub, 'state_dict': {}}), file)
        return program

    def test_are_taken_out_of_where_they_would_be_run(self, tmp_path):
        file = str(tmp_path / 'a.pth')
        program = self.write(file, tmp_path / 'made')
        loaded = CheckpointLoader.load_checkpoint(file)
        assert loaded['meta'] == {'cfg_text': program, 'epoch': 0, 'iter': 0}
        assert loaded['message_hub']['runtime_info'] == {'iter': 3}

    def test_stay_where_the_source_is_trusted(self, tmp_path):
        file = str(tmp_path / 'a.pth')
        program = self.write(file, tmp_path / 'made')
        with trust_checkpoints():
            loaded = CheckpointLoader.load_checkpoint(file)
        assert loaded['meta']['config'] == loaded['meta']['cfg'] == program
        assert loaded['message_hub']['runtime_info']['cfg'] == program

    @pytest.mark.parametrize('content', [3, [1], {'meta': 'a', 'message_hub': ['b']}, {'message_hub': {}}])
    def test_other_forms_pass_through(self, tmp_path, content):
        file = str(tmp_path / 'a.pth')
        torch.save(content, file)
        assert CheckpointLoader.load_checkpoint(file) == content


class TestOddFiles:
    @pytest.mark.parametrize('protocol', [4, 5])
    @pytest.mark.parametrize('legacy', [False, True])
    def test_later_pickle_protocols_are_refused_with_a_way_out(self, tmp_path, protocol, legacy):
        file = str(tmp_path / 'a.pth')
        torch.save({'a': 1}, file, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(UntrustedCheckpointError, match='protocol 4 or later.*--trust-checkpoint'):
            CheckpointLoader.load_checkpoint(file)
        with trust_checkpoints():
            assert CheckpointLoader.load_checkpoint(file) == {'a': 1}

    @pytest.mark.parametrize('error', [TypeError, OverflowError, ImportError, AssertionError, struct.error])
    def test_whatever_reading_raises_is_one_sentence(self, error):
        def load(weights_only):
            raise error('no\nway')

        with pytest.raises(CheckpointError, match=r'a\.pth is not a checkpoint, or a damaged one') as raised:
            checkpoints._read('a.pth', load)
        assert '\n' not in str(raised.value)

    def test_a_failed_download_leaves_nobody_waiting(self, monkeypatch):
        waited = []
        monkeypatch.setattr(checkpoints, 'barrier', lambda: waited.append(True))
        monkeypatch.setattr(torch.hub, 'load_state_dict_from_url', lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            CheckpointLoader.load_checkpoint('https://zoo.test/a.pth')
        assert waited == [True]
