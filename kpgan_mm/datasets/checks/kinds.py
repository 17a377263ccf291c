"""Every problem that a check of the data can report: how severe it is, and how to mend it."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of problem.

    Attributes:
        severity: 'config' if nothing can be built, 'error' if data cannot be used or would be used wrongly,
            'warning' if they can, but perhaps not with the result that is wished for.
        mend: What to do, a sentence.
    """

    severity: str
    mend: str


KINDS = {
    # the configuration
    'config': Kind('config', 'Mend the configuration as the message says.'),
    'named-file': Kind('config', 'Put the data there, or give their folder by --cfg-options data_root=FOLDER.'),
    # files
    'missing-file': Kind('error', 'Restore the file or remove the entry that names it.'),
    'empty-file': Kind('error', 'Copy or extract the file again; the disk may have been full.'),
    'unreadable': Kind('error', 'Replace the file by an image, or remove it.'),
    'truncated': Kind('error', 'Copy or download the file again: its end is missing.'),
    'frame-size': Kind('error', 'Give all frames of a video one size, or make a video of its own of each size.'),
    'mask-size': Kind('error', 'Make the mask of the size of its picture.'),
    'strip-width': Kind('error', 'Set frame_width of the source to that of a frame, or remove the strip.'),
    'crop': Kind('error', 'Make crop (x, y, width, height) fit into the pictures.'),
    'unreadable-video': Kind('error', 'Encode the video again, e.g. as H.264 in mp4, or remove it.'),
    'empty-video': Kind('error', 'Remove the video or folder, or fill it: there is no frame in it.'),
    'short-video': Kind('error', 'Background subtraction needs 3 frames or more: remove or join the clip.'),
    'no-frames': Kind(
        'error', 'Nothing usable is left: mend the other problems, or check the folder and the suffixes.'
    ),
    # labels
    'bad-entry': Kind('error', 'Add to the entry what it lacks, or remove it.'),
    'several-instances': Kind('error', 'Leave one annotation an image.'),
    'empty-box': Kind('error', 'Correct the box: (x, y, width, height) with a positive area, in the picture.'),
    'joint-count': Kind(
        'error', "Use a metainfo with the labels' joints, in their order; MMPose's default is COCO's 17."
    ),
    'label-not-finite': Kind('error', 'Give a number, or mark the keypoint as not visible (blank in a table).'),
    'label-outside': Kind(
        'error', 'Is it the right picture, unit (pixels), order (x, y) and crop? Else mark it invisible.'
    ),
    'box-outside': Kind('error', 'Is it the right picture, and the unit pixels? The box shows none of the picture.'),
    'size-mismatch': Kind(
        'error', 'The picture was scaled or turned after labelling: scale the labels, or restore it.'
    ),
    # skeleton
    'swap': Kind('error', 'In keypoint_info name the partner on the other side, mutually; empty on the axis.'),
    'link': Kind('error', 'Name joints of keypoint_info only.'),
    'metainfo': Kind('error', 'Give joint_weights and sigmas one number per joint, and ids from 0 without gaps.'),
    # prior, pipeline
    'prior': Kind('error', 'Mend file and options of the prior as the message says.'),
    'pipeline': Kind('error', 'Mend the pipeline, or the sample that the message names.'),
    # warnings
    'label-near-edge': Kind('warning', 'Fine for hidden ends of limbs; else correct the label.'),
    'invisible': Kind('warning', 'Nothing can be measured there: remove the annotation, or label it.'),
    'tiny-figure': Kind('warning', 'Crop closer: the figure should fill at least half of the picture.'),
    'no-swap': Kind('warning', 'Set swap in keypoint_info, or flips and mirrored predictions exchange the sides.'),
    'flip-without-swaps': Kind('warning', 'Set swap in keypoint_info, or do without flips.'),
    'unlinked-joint': Kind('warning', 'Link it (rendered_links): a joint on no link cannot be told from the drawing.'),
    'constant-video': Kind('warning', 'Remove it: all frames are alike, so there is nothing to learn from the pair.'),
    'short-for-gap': Kind('warning', 'Left out in training; lower the least frame_gap to use it.'),
    'number-gap': Kind('warning', 'Extract the video again, or make two videos of it: time jumps there.'),
    'empty-mask': Kind('warning', 'Lower the threshold, or mend the masks: no foreground was found.'),
    'duplicate': Kind('warning', 'Remove it from one of them, or the test measures memory.'),
    'shared-video': Kind('warning', 'Split by video: neighbouring frames are nearly alike.'),
    'pose-in-test': Kind('warning', 'Take the prior from other frames: labels of the test are no unpaired poses.'),
    'prior-extent': Kind('warning', 'Crop the frames as the prior is, or change its fit_padding, size or placement.'),
    'prior-outside': Kind('warning', 'Check size of the prior (height, width), or fit its poses by fit_padding.'),
    'prior-incomplete': Kind('warning', 'These poses are left out; complete them if they are many.'),
    'video-ends-early': Kind('warning', 'The file may be damaged: copy it again; what can be decoded is used.'),
}
