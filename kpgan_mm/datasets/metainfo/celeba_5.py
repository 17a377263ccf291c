"""The five landmarks of CelebA and MAFL, in the order of their files; "left" is the left of the picture."""

dataset_info = dict(
    dataset_name='celeba_5',
    paper_info=dict(
        author='Liu, Ziwei and Luo, Ping and Wang, Xiaogang and Tang, Xiaoou',
        title='Deep Learning Face Attributes in the Wild',
        container='International Conference on Computer Vision',
        year='2015',
        homepage='https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html',
    ),
    keypoint_info={
        0: dict(name='left_eye', id=0, color=[0, 255, 0], type='upper', swap='right_eye'),
        1: dict(name='right_eye', id=1, color=[255, 128, 0], type='upper', swap='left_eye'),
        2: dict(name='nose', id=2, color=[51, 153, 255], type='upper', swap=''),
        3: dict(name='left_mouth', id=3, color=[0, 255, 0], type='lower', swap='right_mouth'),
        4: dict(name='right_mouth', id=4, color=[255, 128, 0], type='lower', swap='left_mouth'),
    },
    skeleton_info={
        0: dict(link=('left_eye', 'nose'), id=0, color=[0, 255, 0]),
        1: dict(link=('right_eye', 'nose'), id=1, color=[255, 128, 0]),
        2: dict(link=('nose', 'left_mouth'), id=2, color=[0, 255, 0]),
        3: dict(link=('nose', 'right_mouth'), id=3, color=[255, 128, 0]),
    },
    joint_weights=[1.0] * 5,
    sigmas=[0.05] * 5,
)
