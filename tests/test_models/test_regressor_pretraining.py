import numpy as np
import torch

from kpgan_mm.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from tests.toys import batch, head_config, model_config, optim_wrapper_config


def test_learns_to_read_drawings_and_fits_into_the_main_model(tmp_path):
    torch.manual_seed(0)
    head = head_config(regressor=dict(base_channels=8))
    model = MODELS.build(dict(type='kpgan_mm.RegressorPretraining', head=head))
    optimisers = {'regressor': optim_wrapper_config()['regressor']}
    wrappers = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(type='kpgan_mm.MultiOptimWrapperConstructor', optim_wrapper_cfg=optimisers)
    )(model)
    losses = [model.train_step(batch(8, seed=i % 4), wrappers)['regressor/loss'].item() for i in range(60)]
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])

    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'regressor.pth')
    pretrained = dict(type='Pretrained', checkpoint=str(tmp_path / 'regressor.pth'), prefix='head.regressor.')
    main = MODELS.build(
        model_config(
            head=head_config(
                regressor=dict(base_channels=8, init_cfg=pretrained), judge=dict(base_channels=8, init_cfg=pretrained)
            )
        )
    )
    main.init_weights()
    for name, value in model.head.regressor.state_dict().items():
        assert torch.equal(main.head.regressor.state_dict()[name], value)
        assert torch.equal(main.head.judge.state_dict()[name], value)


def test_predicts_the_pose_that_was_drawn():
    model = MODELS.build(dict(type='kpgan_mm.RegressorPretraining', head=head_config())).eval()
    data = batch(2)
    prior = [sample.gt_instance_labels.prior_keypoints for sample in data['data_samples']]
    drawn = []
    model.head.regressor.forward = lambda skeleton: drawn.append(skeleton) or torch.cat(prior)
    samples = model.test_step(data)
    assert torch.equal(drawn[0], model.head.render(torch.cat(prior)))
    # Input pixels times two, moved to the corner of the box.
    expected = (prior[1].numpy() + 1) / 2 * 31 * 2 + np.array([28, 8])
    assert np.allclose(samples[1].pred_instances.keypoints, expected, atol=1e-3)
