"""tools/test.py on a model of a few numbers."""

import json
import os
import pickle
from pathlib import Path

import pytest
import torch

from .conftest import forget_runs, load_tool

test_tool = load_tool('test')
train = load_tool('train')


def run(*arguments):
    forget_runs()
    return test_tool.run_tool(test_tool.test, test_tool.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def trained(toy):
    assert train.run_tool(train.train, train.parse_args(['configs/alone.py', '--work-dir', 'w'])) == 0
    return 'w/iter_6.pth'


def test_metrics_and_predictions(trained, capsys):
    arguments = ('--work-dir', 't', '--out', 'metrics.json', '--dump', 'predictions.pkl')
    assert run('configs/alone.py', trained, *arguments) == 0
    (log,) = Path('t').glob('*/*.log')
    assert 'toy/error: ' in log.read_text()
    assert capsys.readouterr().out.endswith('Predictions: predictions.pkl\nMetrics: metrics.json\n')
    predictions = pickle.loads(Path('predictions.pkl').read_bytes())
    assert len(predictions) == 16
    metrics = json.loads(Path('metrics.json').read_text())
    assert metrics['toy/error'] == pytest.approx(sum(sample['error'] for sample in predictions) / 16)
    assert metrics['toy/per_joint'] == [1.0, 1.0]


def test_data_of_the_training_are_not_asked_for(trained):
    os.rename('data/toy', 'elsewhere')
    options = ('train_dataloader.dataset.root=nowhere', 'test_dataloader.dataset.root=elsewhere')
    assert run('configs/alone.py', trained, '--work-dir', 't', '--cfg-options', *options) == 0
    assert run('configs/main.py', trained, '--work-dir', 't', '--cfg-options', 'data_root=elsewhere') == 0


def test_arguments(trained):
    args = test_tool.parse_args(
        ['configs/alone.py', trained, '--show-dir', 'p', '--interval', '3', '--cfg-options', 'log_level=ERROR']
    )
    cfg = test_tool.load_config(args.config, args.cfg_options)
    test_tool.merge_args(cfg, args)
    assert cfg.work_dir == os.path.join('work_dirs', 'alone')
    assert (cfg.load_from, cfg.resume, cfg.launcher, cfg.log_level) == (trained, False, 'none', 'ERROR')
    assert cfg.default_hooks.visualization.interval == 3
    assert cfg.test_evaluator.type == 'kpgan_mm.ToyMetric'


def test_says_what_is_wrong(trained, capsys):
    def error(*arguments):
        assert run(*arguments) == 2
        text = capsys.readouterr().err
        assert text.startswith('error: ') and text.count('\n') == 1
        return text

    assert 'There is no checkpoint none.pth' in error('configs/alone.py', 'none.pth')
    assert 'must end in .pkl' in error('configs/alone.py', trained, '--dump', 'predictions.json')
    assert 'nothing to test' in error('configs/alone.py', trained, '--cfg-options', 'test_dataloader=None')
    assert 'is not there' in error('configs/alone.py', trained, '--cfg-options', 'data_root=nowhere')


def test_a_checkpoint_with_code(trained, capsys):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, ('made',)  # fails if it is loaded twice

    checkpoint = torch.load(trained, weights_only=True)
    checkpoint['old'] = Bomb()
    torch.save(checkpoint, 'bomb.pth')
    assert run('configs/alone.py', 'bomb.pth', '--work-dir', 't') == 2
    assert 'bomb.pth was not loaded' in capsys.readouterr().err
    assert not Path('made').exists()
    assert run('configs/alone.py', 'bomb.pth', '--work-dir', 't', '--trust-checkpoint') == 0
    assert Path('made').exists()


def test_the_checkpoint_is_read_once(trained, monkeypatch):
    read, load = [], torch.load
    monkeypatch.setattr(torch, 'load', lambda path, **options: read.append(path) or load(path, **options))
    assert run('configs/alone.py', trained, '--work-dir', 't') == 0
    assert read == [trained]


def test_the_checkpoint_of_another_model(trained, capsys):
    content = torch.load(trained, weights_only=True)
    content['state_dict'] = {k: v for k, v in content['state_dict'].items() if k.startswith('head.')}
    torch.save(content, 'regressor.pth')
    assert run('configs/alone.py', 'regressor.pth', '--work-dir', 't') == 2
    assert 'it has no backbone.weight (2 of 4 parameters do not fit)' in capsys.readouterr().err
    torch.save([1.0], 'list.pth')
    assert run('configs/alone.py', 'list.pth', '--work-dir', 't') == 2
    assert 'list.pth holds no weights: it is a list' in capsys.readouterr().err


def test_a_checkpoint_whose_configuration_would_run(trained):
    content = torch.load(trained, weights_only=True)
    content['meta']['cfg'] = content['meta']['config'] = "import os\nos.mkdir('made')"
    torch.save(content, 'bad.pth')
    assert run('configs/alone.py', 'bad.pth', '--work-dir', 't') == 0
    assert not Path('made').exists()
