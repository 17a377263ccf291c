"""A digest of the files that a data set names."""

from kpgan_mm.utils.data_content import content_of_files


def test_what_counts_is_in_the_files(tmp_path):
    (tmp_path / 'a.npz').write_bytes(b'poses')
    (tmp_path / 'b.json').write_bytes(b'labels')
    dataset = dict(
        prior=dict(file=str(tmp_path / 'a.npz'), num=3),
        data_root=str(tmp_path),
        sources=[dict(ann_file='b.json'), dict(ann_file='gone.json')],
    )
    first = content_of_files(dataset)
    (tmp_path / 'c.npz').write_bytes(b'poses')
    assert content_of_files(dataset | dict(prior=dict(file=str(tmp_path / 'c.npz')))) == first
    for name in ('a.npz', 'b.json'):
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b'other')
        assert content_of_files(dataset) != first
        (tmp_path / name).write_bytes(before)
    assert content_of_files(dataset) == first
