// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"testing"

	"vipward/internal/lab"
)

// ofLinks are the recordings with kinds of links that not every kernel has.
var ofLinks = []string{"u-ipvlan", "u-ipvlan-modes", "u-vlan-dummy", "u-vrf"}

// TestRecordingsOfLinks plays them, in the lab kernel if the running one lacks such links.
func TestRecordingsOfLinks(t *testing.T) {
	t.Parallel()
	lab.Vipward(t)
	if !lab.Links(t, "ipvlan", "vrf", "vlan", "dummy") {
		return
	}
	p := &player{dir: recordings(t), accepted: acceptedHere(t), failed: map[string]outcome{}}
	*show = testing.Verbose()
	p.playTwice(t, ofLinks)
}
