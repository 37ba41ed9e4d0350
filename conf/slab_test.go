// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

func TestSlab(t *testing.T) {
	t.Parallel()
	var s slab[int]
	for round := range 3 {
		seen := map[*int]bool{}
		for i := range 3*slabChunk + 5 {
			v := s.next()
			if *v != 0 || seen[v] {
				t.Fatalf("round %d: value %d is used already", round, i)
			}
			*v, seen[v] = i+1, true
		}
		s.reset()
	}
}

// TestNodesAreUsedAgain: what was read does not change when the nodes that it was read
// from are used for something else.
func TestNodesAreUsedAgain(t *testing.T) {
	t.Parallel()
	alone := loadText(everything).Config
	junk := strings.Repeat("virtual_server_group spoiled {\nspoiled spoiled spoiled\n}\n", 300)
	after := loadText(everything + junk).Config
	for i := range alone.Instances {
		diff(t, "instance", alone.Instances[i], after.Instances[i])
	}
	for i := range alone.VirtualServers {
		diff(t, "virtual server", alone.VirtualServers[i], after.VirtualServers[i])
	}
	diff(t, "globals", alone.Global, after.Global)
	diff(t, "scripts", alone.Scripts, after.Scripts)
}
