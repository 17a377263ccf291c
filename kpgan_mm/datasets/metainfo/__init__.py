"""What is known of each object class: joints, links, swaps, colours; plain ``dataset_info`` dicts as in MMPose."""
