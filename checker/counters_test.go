// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"testing"

	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"
)

// The counters have a socket of their own, which is kept, and opened afresh after an error.
func TestCounters(t *testing.T) {
	t.Parallel()
	kernel, opened := ipvsfake.New(wanted(t, two)), 0
	c := counters{open: func() (ipvs.Kernel, error) {
		opened++
		return kernel, nil
	}}
	for range 2 {
		if stats, err := c.read(); err != nil || len(stats) != 1 {
			t.Errorf("%d services, %v", len(stats), err)
		}
	}
	broken := errors.New("broken")
	kernel.Break(broken)
	if _, err := c.read(); !errors.Is(err, broken) || !kernel.Closed() {
		t.Errorf("%v, closed: %t", err, kernel.Closed())
	}
	kernel.Break(nil)
	if _, err := c.read(); err != nil || opened != 2 {
		t.Errorf("%v, opened %d times", err, opened)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}
