// SPDX-License-Identifier: Apache-2.0

package probe

// Weight is what a run says about the weight of the real server. The zero value
// leaves it alone.
type Weight struct {
	Value int64
	// Instead says that Value takes the place of the configured weight; else it
	// is added.
	Instead bool
}

// Share is what the check adds to a configured weight. The weight of a server is
// the configured one and the shares of all its checks.
func (w Weight) Share(configured int) int64 {
	if w.Instead {
		return w.Value - int64(configured)
	}
	return w.Value
}
