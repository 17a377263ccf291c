"""What is fitted on and what is evaluated never meet, in one process and in two."""

import os
import socket

import torch.distributed as dist
import torch.multiprocessing as mp

from kpgan_mm.evaluation import FittedMetric


class Recording(FittedMetric):
    """Remembers the names that it was fitted on, and returns those that it evaluates."""

    def record(self, data_sample):
        return {'name': data_sample['name']}

    def fit(self, records):
        self.fitted_on = [record['name'] for record in records]

    def compute_metrics(self, results):
        return {'tested': [result['name'] for result in results], 'fitted_on': self.fitted_on}


def named(*names):
    return [{'name': name} for name in names]


def test_two_ways_through_the_metric():
    metric = Recording(prefix='toy')
    metric.process_fit(None, named('a', 'b'))
    assert metric.results == []
    metric.finish_fit(2)
    metric.process(None, named('x'))
    assert metric.evaluate(1) == {'toy/tested': ['x'], 'toy/fitted_on': ['a', 'b']}
    # the next round begins without what is left of the last one
    metric.process_fit(None, named('c'))
    metric.finish_fit(1)
    metric.process(None, named('y'))
    assert metric.evaluate(1) == {'toy/tested': ['y'], 'toy/fitted_on': ['c']}


def worker(rank: int, port: int, folder: str) -> None:
    os.chdir(folder)
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    dist.init_process_group('gloo', rank=rank, world_size=2)
    metric = Recording(prefix='toy')
    # five images to fit on; the sampler repeats the first for the second process
    metric.process_fit(None, named(*(['a', 'c', 'e'] if rank == 0 else ['b', 'd', 'a'])))
    metric.finish_fit(5)
    metric.process(None, named('xy'[rank]))
    figures = metric.evaluate(2)
    assert figures == {'toy/tested': ['x', 'y'], 'toy/fitted_on': ['a', 'b', 'c', 'd', 'e']}, figures
    dist.destroy_process_group()


def test_two_processes_fit_once_on_all_images(tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    # Forked, since fresh interpreters would import everything again.
    mp.start_processes(worker, args=(port, str(tmp_path)), nprocs=2, start_method='fork')
