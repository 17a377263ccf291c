"""The same mathematics as the package's, written as plainly as possible: what its speed is compared with.

Float32, contiguous memory, one call of a layer after the other, textbook autograd. Nothing here is imported by the
package.
"""
