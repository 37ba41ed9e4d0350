// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"golang.org/x/sys/unix"
)

// keepDescriptors sees to it that descriptors which we got by accident (a caller's pipe,
// a lock) do not live on in our children. Kernels before 5.11 cannot; then they do.
func keepDescriptors() {
	_ = unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
}
