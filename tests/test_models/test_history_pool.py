import torch

from kpgan_mm.models import HistoryPool


def picture(value: float) -> torch.Tensor:
    return torch.full((1, 1, 2, 2), value)


def test_fills_first_and_returns_what_it_was_given():
    pool = HistoryPool(2, (1, 2, 2))
    given = torch.cat([picture(1), picture(2)])
    assert torch.equal(pool.exchange(given), given)
    assert pool.count == 2 and torch.equal(pool.images, given)


def test_exchanges_half_of_the_pictures_afterwards():
    torch.manual_seed(0)
    pool = HistoryPool(10, (1, 2, 2))
    pool.exchange(torch.zeros(10, 1, 2, 2))
    returned = pool.exchange(torch.arange(1.0, 401.0).view(-1, 1, 1, 1).expand(-1, 1, 2, 2))
    earlier = (returned[:, 0, 0, 0] != torch.arange(1.0, 401.0)).float().mean()
    assert 0.42 < earlier < 0.58
    # Nothing is invented and nothing is lost: what came out early is what went in.
    assert returned[:, 0, 0, 0].max() <= 400 and pool.images.max() > 300


def test_continues_from_a_checkpoint():
    pool, other = HistoryPool(3, (1, 2, 2)), HistoryPool(3, (1, 2, 2))
    pool.exchange(torch.rand(4, 1, 2, 2))
    other.load_state_dict(pool.state_dict())
    new = torch.rand(6, 1, 2, 2)
    torch.manual_seed(1)
    expected = pool.exchange(new)
    torch.manual_seed(1)
    assert torch.equal(other.exchange(new), expected)


def test_returns_detached_copies():
    pool = HistoryPool(1, (1, 2, 2))
    image = torch.zeros(1, 1, 2, 2, requires_grad=True)
    returned = pool.exchange(image)
    assert not returned.requires_grad
    returned += 1
    assert pool.images.sum() == 0


def test_without_places_everything_is_returned():
    pool = HistoryPool(0, (1, 2, 2))
    given = torch.rand(20, 1, 2, 2)
    assert torch.equal(pool.exchange(given), given) and pool.count == 0
