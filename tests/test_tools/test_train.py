"""tools/train.py on a model of a few numbers: resuming, the regressor's stage, and what it says when it cannot."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner import Runner

from kpgan_mm.registry import HOOKS

from .conftest import forget_runs, load_tool

train = load_tool('train')


class Killed(BaseException):
    """Stands for the end of the process."""


@HOOKS.register_module(force=True)
class KillHook(Hook):
    """Ends the training after an iteration, after checkpoints have been written."""

    priority = 'LOWEST'

    def __init__(self, iteration):
        self.iteration = iteration

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.iteration:
            raise Killed


@contextmanager
def killed_at(file, iteration):
    """Have a configuration's training end at an iteration, for the time of the block."""
    text = Path(file).read_text()
    Path(file).write_text(f"{text}\ncustom_hooks.append(dict(type='kpgan_mm.KillHook', iteration={iteration}))\n")
    with pytest.raises(Killed):
        yield
    Path(file).write_text(text)


def run(*arguments):
    forget_runs()
    return train.run_tool(train.train, train.parse_args([str(argument) for argument in arguments]))


def load(file):
    """Read a checkpoint as anybody would, without this package."""
    assert torch.serialization.get_unsafe_globals_in_checkpoint(file) == []
    return torch.load(file, weights_only=True)


def assert_same(first, second, path=''):
    """Compare two trees of plain types to the bit."""
    assert type(first) is type(second), path
    if isinstance(first, dict):
        assert list(first) == list(second), path
        for key in first:
            assert_same(first[key], second[key], f'{path}.{key}')
    elif isinstance(first, (list, tuple)):
        assert len(first) == len(second), path
        for i, (a, b) in enumerate(zip(first, second, strict=True)):
            assert_same(a, b, f'{path}.{i}')
    elif isinstance(first, torch.Tensor):
        assert torch.equal(first, second), path
    else:
        assert first == second, path


def without_clock(checkpoint):
    """Drop what depends on the clock, the work directory or the command line, and nothing else."""
    for key in ('time', 'cfg', 'experiment_name'):
        checkpoint['meta'].pop(key)
    hub = checkpoint['message_hub']
    for part in hub.values():
        for key in [key for key in part if key in ('cfg', 'experiment_name', 'last_ckpt', 'eta') or 'time' in key]:
            part.pop(key)
        for key in [key for key in part if key.startswith('best_ckpt')]:
            part[key] = os.path.basename(part[key]) if isinstance(part[key], str) else part[key]
    checkpoint.pop('plain_types')  # paths, of the timings too
    return checkpoint


class TestResume:
    def test_equals_an_uninterrupted_run(self, toy):
        assert run('configs/alone.py', '--work-dir', 'whole') == 0
        with killed_at('configs/alone.py', 5):
            run('configs/alone.py', '--work-dir', 'parts')
        assert Path(find('parts')) == Path('parts/iter_4.pth').resolve()
        assert run('configs/alone.py', '--work-dir', 'parts', '--resume') == 0
        assert_same(without_clock(load('whole/iter_6.pth')), without_clock(load('parts/iter_6.pth')))

    @pytest.mark.parametrize('move', [shutil.move, shutil.copytree])
    def test_a_moved_or_copied_run_goes_on_from_its_own(self, toy, move, capsys):
        with killed_at('configs/alone.py', 5):
            run('configs/alone.py', '--work-dir', 'original')
        move('original', 'other')
        content = load('other/iter_4.pth')
        content['state_dict']['steps'].fill_(100)
        torch.save(content, 'other/iter_4.pth')
        assert run('configs/alone.py', '--work-dir', 'other', '--resume') == 0
        assert load('other/iter_6.pth')['state_dict']['steps'] == 102
        assert f'Checkpoint: {Path("other/iter_6.pth")}' in capsys.readouterr().out

    @pytest.mark.parametrize('better', [True, False])
    @pytest.mark.parametrize('gone', [True, False])
    def test_the_best_checkpoint_of_a_copy_is_its_own(self, toy, better, gone):
        with killed_at('configs/alone.py', 5):
            run('configs/alone.py', '--work-dir', 'original')
        assert best_of('original') == ['best_toy_error_iter_3.pth']
        shutil.copytree('original', 'other')
        before = {file.name: file.stat().st_mtime_ns for file in Path('original').iterdir()}
        if gone:
            shutil.move('original', 'elsewhere')
        content = load('other/iter_4.pth')
        if not better:
            content['message_hub']['runtime_info']['best_score'] = 0.0
            torch.save(content, 'other/iter_4.pth')
        assert run('configs/alone.py', '--work-dir', 'other', '--resume') == 0
        (best,) = best_of('other')
        assert best == ('best_toy_error_iter_6.pth' if better else 'best_toy_error_iter_3.pth')
        assert load('other/iter_6.pth')['message_hub']['runtime_info']['best_ckpt'] == str(
            Path('other', best).resolve()
        )
        original = Path('elsewhere' if gone else 'original')
        assert {file.name: file.stat().st_mtime_ns for file in original.iterdir()} == before

    @pytest.mark.parametrize('out_dir', ['', 'deeper'])
    def test_each_of_several_best_checkpoints(self, toy, out_dir):
        best = dict(save_best=['toy/error', 'toy/constant'], **(dict(out_dir=out_dir) if out_dir else {}))
        text = Path('configs/alone.py').read_text()
        Path('configs/alone.py').write_text(f"{text}\ndefault_hooks['checkpoint'].update({best})\n")
        with killed_at('configs/alone.py', 5):
            run('configs/alone.py', '--work-dir', 'original')
        names = ['best_toy_constant_iter_3.pth', 'best_toy_error_iter_3.pth']
        original, other = Path(out_dir, 'original'), Path(out_dir, 'other')
        assert best_of(original) == names
        shutil.copytree(original, other)
        assert run('configs/alone.py', '--work-dir', 'other', '--resume', str(other / 'iter_4.pth')) == 0
        assert best_of(original) == names
        assert best_of(other) == ['best_toy_constant_iter_3.pth', 'best_toy_error_iter_6.pth']

    def test_a_run_without_its_best_checkpoint_gets_another(self, toy):
        with killed_at('configs/alone.py', 5):
            run('configs/alone.py', '--work-dir', 'original')
        content = load('original/iter_4.pth')
        content['message_hub']['runtime_info']['best_score'] = 0.0
        torch.save(content, 'original/iter_4.pth')
        assert run('configs/alone.py', '--work-dir', 'other', '--resume', 'original/iter_4.pth') == 0
        assert best_of('original') == ['best_toy_error_iter_3.pth'] and best_of('other') == [
            'best_toy_error_iter_6.pth'
        ]
        assert 0 < load('other/iter_6.pth')['message_hub']['runtime_info']['best_score'] < 1

    def test_from_a_named_checkpoint(self, toy):
        assert run('configs/alone.py', '--work-dir', 'a') == 0
        assert run('configs/alone.py', '--work-dir', 'b', '--resume', 'a/iter_4.pth') == 0
        assert_same(load('a/iter_6.pth')['state_dict'], load('b/iter_6.pth')['state_dict'])
        assert load('b/iter_6.pth')['state_dict']['steps'] == 6

    def test_message_hub_and_metainfo(self, toy):
        assert run('configs/alone.py', '--work-dir', 'a') == 0
        hub = MessageHub.get_current_instance()
        forget_runs()
        cfg = Config.fromfile('configs/alone.py')
        cfg.update(work_dir='b', resume=True, load_from='a/iter_6.pth', experiment_name='again')
        runner = Runner.from_cfg(cfg)
        warnings = []
        runner.logger.warning = warnings.append
        runner.train()
        assert not [text for text in warnings if 'metainfo' in text]
        again = MessageHub.get_current_instance()
        assert again is not hub
        losses, resumed = hub.get_scalar('train/loss'), again.get_scalar('train/loss')
        assert isinstance(resumed, HistoryBuffer)
        for expected, array in zip(losses.data, resumed.data, strict=True):
            assert np.array_equal(expected, array)
        assert len(losses.data[0]) == 6
        assert again.get_info('keep_ckpt_ids') == hub.get_info('keep_ckpt_ids')
        assert again.get_info('best_score') == hub.get_info('best_score')

    def test_hook_is_added_where_a_config_lacks_it(self, toy):
        text = Path('configs/alone.py').read_text().replace('custom_hooks = [', 'unused = [')
        Path('configs/alone.py').write_text(text)
        # Options have the last word: without the hook, the checkpoint is what MMEngine makes of it.
        assert run('configs/alone.py', '--work-dir', 'a', '--cfg-options', 'custom_hooks=()') == 0
        assert torch.serialization.get_unsafe_globals_in_checkpoint('a/iter_6.pth')
        assert run('configs/alone.py', '--work-dir', 'b') == 0
        load('b/iter_6.pth')
        # The other one is foreign now: refused, and taken when trusted.
        assert run('configs/alone.py', '--work-dir', 'c', '--resume', 'a/iter_4.pth') == 2
        assert run('configs/alone.py', '--work-dir', 'c', '--resume', 'a/iter_4.pth', '--trust-checkpoint') == 0
        assert_same(load('b/iter_6.pth')['state_dict'], load('c/iter_6.pth')['state_dict'])


class TestRegressorStage:
    def test_trains_it_first_and_starts_from_it(self, toy, capsys):
        assert run('configs/main.py', '--work-dir', 'w', '--cfg-options', 'regressor.train_cfg.max_iters=4') == 0
        stage = load('w/regressor/regressor.pth')
        assert stage['meta']['iter'] == 4
        assert load('w/iter_6.pth')['state_dict']['steps'] == 6
        dumped = Config.fromfile('w/main.py')
        assert dumped.model.head.regressor.init_cfg == dict(
            type='Pretrained', checkpoint='w/regressor/regressor.pth', prefix='head.regressor.'
        )
        output = capsys.readouterr().out
        assert 'First the regressor (regressor.py), into w/regressor' in output
        assert Path(find('w')) == Path('w/iter_6.pth').resolve() and 'Checkpoint: w/iter_6.pth' in output
        # Where no step is taken, the main stage leaves the regressor as the first stage made it.
        assert run('configs/main.py', '--work-dir', 'w', '--cfg-options', 'optim_wrapper.optimizer.lr=0') == 0
        after = load('w/iter_6.pth')['state_dict']
        assert torch.equal(after['head.regressor.layer.weight'], stage['state_dict']['head.regressor.layer.weight'])

    def test_logs_go_to_the_stages_own_folders(self, toy):
        assert run('configs/main.py', '--work-dir', 'w', '--cfg-options', 'regressor.train_cfg.max_iters=4') == 0

        def count_losses(folder):
            texts = [file.read_text() for file in Path(folder).glob('*/vis_data/*.json')]
            return sum('"loss"' in line for text in texts for line in text.splitlines())

        # One file of the curves' name and one of the run's own, each with a line an iteration.
        assert count_losses('w/regressor') == 2 * 4
        assert count_losses('w') == 2 * 6

    def test_a_finished_stage_is_kept(self, toy, capsys):
        assert run('configs/main.py', '--work-dir', 'w') == 0
        first = load('w/iter_6.pth')
        made = os.stat('w/regressor/regressor.pth').st_mtime_ns
        assert 'comes from other settings' not in capsys.readouterr().out
        assert run('configs/main.py', '--work-dir', 'w') == 0
        assert os.stat('w/regressor/regressor.pth').st_mtime_ns == made
        output = capsys.readouterr().out
        assert 'First the regressor' not in output
        assert 'comes from other settings' not in output
        # The main stage does not notice whether the first has just run: same seed, same weights.
        assert_same(first['state_dict'], load('w/iter_6.pth')['state_dict'])
        assert run('configs/main.py', '--work-dir', 'w', '--cfg-options', 'regressor.train_cfg.max_iters=5') == 0
        assert 'comes from other settings' in capsys.readouterr().out

    def test_a_prior_of_other_contents_is_named(self, toy, capsys):
        Path('data/prior.npz').write_bytes(b'poses')
        Path('configs/regressor.py').write_text(
            Path('configs/regressor.py').read_text() + "\ntrain_dataloader['dataset']['prior'] = 'data/prior.npz'\n"
        )
        assert run('configs/main.py', '--work-dir', 'w') == run('configs/main.py', '--work-dir', 'w') == 0
        assert 'other contents' not in capsys.readouterr().out
        Path('data/prior.npz').write_bytes(b'other poses')
        assert run('configs/main.py', '--work-dir', 'w') == 0
        assert 'comes from other settings, or from a prior of other contents' in capsys.readouterr().out

    def test_a_killed_stage_goes_on(self, toy):
        with killed_at('configs/regressor.py', 3):
            run('configs/main.py', '--work-dir', 'w')
        assert not Path('w/regressor/regressor.pth').exists()
        assert run('configs/main.py', '--work-dir', 'w', '--resume') == 0
        assert load('w/regressor/regressor.pth')['state_dict']['steps'] == 6
        assert run('configs/main.py', '--work-dir', 'whole') == 0
        assert_same(load('whole/iter_6.pth')['state_dict'], load('w/iter_6.pth')['state_dict'])

    def test_a_begun_main_stage_skips_it(self, toy, capsys):
        with killed_at('configs/main.py', 3):
            run('configs/main.py', '--work-dir', 'w')
        os.remove('w/regressor/regressor.pth')
        capsys.readouterr()
        assert run('configs/main.py', '--work-dir', 'w', '--resume') == 0
        assert 'First the regressor' not in capsys.readouterr().out
        os.remove('configs/main.py')
        assert run('w/main.py', '--work-dir', 'w', '--resume') == 0  # the dumped configuration still finds its stage
        assert run('configs/main.py') == 2

    def test_a_stage_that_saves_nothing(self, toy, capsys):
        options = 'regressor.default_hooks.checkpoint=None'
        assert run('configs/main.py', '--work-dir', 'w', '--cfg-options', options) == 2
        assert 'saves no checkpoint' in capsys.readouterr().err

    def test_names(self, toy):
        args = train.parse_args(['configs/main.py', '--work-dir', 'w', '--cfg-options', 'experiment_name=mine'])
        stage = train.regressor_config(train.main_config(args), args)
        assert stage.experiment_name == 'mine_regressor'
        assert stage.visualizer.name == 'regressor_visualizer'
        assert stage.resume is False


class TestArguments:
    def config(self, *arguments):
        return train.main_config(train.parse_args(['configs/alone.py', *arguments]))

    def test_as_mmpose_has_them(self, toy):
        cfg = self.config()
        assert cfg.work_dir == os.path.join('work_dirs', 'alone')
        assert cfg.get('resume') is None
        cfg = self.config(
            '--no-validate',
            '--auto-scale-lr',
            '--show-dir',
            'p',
            '--resume',
            '--work-dir',
            'w',
            '--launcher',
            'pytorch',
        )
        assert cfg.val_dataloader is cfg.val_cfg is cfg.val_evaluator is None
        assert cfg.auto_scale_lr.enable is True
        assert cfg.default_hooks.visualization.out_dir == 'p'
        assert (cfg.resume, cfg.load_from, cfg.work_dir, cfg.launcher) == (True, None, 'w', 'pytorch')

    def test_options_have_the_last_word(self, toy):
        assert self.config('--work-dir', 'w', '--cfg-options', 'work_dir=x').work_dir == 'x'

    def test_preprocess_cfg(self, toy):
        with open('configs/alone.py', 'a') as file:
            file.write('\npreprocess_cfg = dict(type="BaseDataPreprocessor")\n')
        assert self.config().model.data_preprocessor.type == 'BaseDataPreprocessor'

    def test_data_root_moves_the_data(self, toy):
        os.rename('data/toy', 'moved')
        cfg = self.config('--cfg-options', 'data_root=moved')
        assert cfg.train_dataloader.dataset.root == 'moved'
        assert run('configs/main.py', '--work-dir', 'w', '--cfg-options', 'data_root=moved') == 0  # both stages


class TestSentences:
    @pytest.fixture
    def error(self, toy, capsys):
        def error(*arguments):
            assert run(*arguments) == 2
            text = capsys.readouterr().err
            assert text.startswith('error: ') and text.count('\n') == 1 and 'Traceback' not in text
            return text

        return error

    def test_missing_data(self, error):
        os.rmdir('data/toy')
        text = error('configs/alone.py')
        assert 'data/toy/ is not there, where train_dataloader.dataset.root' in text
        assert text.endswith('. Make it with tools/convert_toy.py.\n')
        assert not Path('work_dirs').exists()

    def test_missing_checkpoint_and_config(self, error):
        assert 'There is no checkpoint nothing.pth' in error('configs/alone.py', '--resume', 'nothing.pth')
        assert 'There is no configuration nothing.py' in error('nothing.py')

    def test_no_base_batch_size(self, error):
        text = error('configs/alone.py', '--auto-scale-lr', '--cfg-options', 'auto_scale_lr=None')
        assert 'base_batch_size' in text

    def test_a_checkpoint_with_code(self, error):
        class Bomb:
            def __reduce__(self):
                return os.mkdir, ('made',)

        torch.save(dict(meta=dict(iter=0, epoch=0), state_dict={}, x=Bomb()), 'bomb.pth')
        assert 'bomb.pth was not loaded' in error('configs/alone.py', '--resume', 'bomb.pth')
        assert 'bomb.pth was not loaded' in error('configs/alone.py', '--cfg-options', 'load_from=bomb.pth')
        init = ('model.head.regressor.init_cfg.type=Pretrained', 'model.head.regressor.init_cfg.checkpoint=bomb.pth')
        assert 'bomb.pth was not loaded' in error('configs/alone.py', '--cfg-options', *init)
        assert not Path('made').exists()

    def test_a_checkpoint_whose_configuration_would_run(self, toy):
        assert run('configs/alone.py', '--work-dir', 'a') == 0
        content = load('a/iter_4.pth')
        program = "import os\nos.mkdir('made')\n"
        content['meta'].update(config=program, cfg=program)
        content['message_hub']['runtime_info']['cfg'] = program
        torch.save(content, 'bad.pth')
        assert run('configs/alone.py', '--work-dir', 'b', '--resume', 'bad.pth') == 0
        assert run('configs/alone.py', '--work-dir', 'c', '--cfg-options', 'load_from=bad.pth') == 0
        assert not Path('made').exists()
        assert 'os.mkdir' not in load('b/iter_6.pth')['message_hub']['runtime_info']['cfg']
        # What is looked for would happen.
        run('configs/alone.py', '--work-dir', 'd', '--resume', 'bad.pth', '--trust-checkpoint')
        assert Path('made').exists()

    def test_a_checkpoint_of_something_else(self, error):
        torch.save(3, 'number.pth')
        assert 'number.pth holds no training to resume' in error('configs/alone.py', '--resume', 'number.pth')
        assert run('configs/alone.py', '--work-dir', 'a') == 0
        content = load('a/iter_4.pth')
        torch.save({**content, 'optimizer': {'regressor': content['optimizer']}}, 'other.pth')
        assert 'with the optimizers regressor' in error('configs/alone.py', '--resume', 'other.pth')
        content['state_dict'].pop('backbone.weight')
        torch.save(content, 'part.pth')
        assert 'it has no backbone.weight' in error('configs/alone.py', '--resume', 'part.pth')

    def test_a_foreign_regressor(self, error, capsys):
        Path('w/regressor').mkdir(parents=True)
        weights = {'head.regressor.layer.weight': torch.ones(2, 2), 'head.regressor.layer.bias': torch.ones(2)}
        torch.save({'state_dict': weights}, 'w/regressor/regressor.pth')
        assert run('configs/main.py', '--work-dir', 'w') == 0
        assert 'comes from other settings' in capsys.readouterr().out
        weights['head.regressor.layer.weight'] = torch.ones(3, 2)
        torch.save({'state_dict': weights}, 'w/regressor/regressor.pth')
        text = error('configs/main.py', '--work-dir', 'w')
        assert 'head.regressor.layer.weight has the shape (3, 2) there and (2, 2) here' in text

    def test_a_regressor_that_would_not_fit(self, error):
        text = error('configs/main.py', '--work-dir', 'w', '--cfg-options', 'model.head.sigma=0.1')
        assert 'model.head.sigma is 0.1, and the regressor is pre-trained with 0.2' in text
        assert not Path('w').exists()

    def test_a_judge_without_weights(self, error):
        text = error('configs/alone.py', '--cfg-options', 'model.head.judge.base_channels=8')
        assert 'model.head.judge is set' in text

    def test_parts_that_refuse_their_settings(self, error, monkeypatch):
        from .conftest import ToyDataset

        def refuse(self, root=None):
            raise ValueError('num_held_out must be less than 3')

        with monkeypatch.context() as patch:
            patch.setattr(ToyDataset, '__init__', refuse)
            assert 'num_held_out must be less than 3' in error('configs/alone.py', '--work-dir', 'w')

        def fail(self, *args, **kwargs):
            raise ValueError('a bug')

        monkeypatch.setattr(ToyDataset, '__getitem__', fail)
        with pytest.raises(ValueError, match='a bug'):  # of the training itself: with its traceback
            run('configs/alone.py', '--work-dir', 'w')


def find(work_dir):
    return Path(work_dir, 'last_checkpoint').read_text()


def best_of(folder):
    return sorted(file.name for file in Path(folder).glob('best_*'))


def test_results_name_the_contact_sheets(toy):
    Path('w/contact_sheets').mkdir(parents=True)
    assert train.results('w') == [f'Contact sheets: {Path("w/contact_sheets")}']
