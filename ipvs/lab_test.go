// SPDX-License-Identifier: Apache-2.0

package ipvs

import "testing"

// needIPVS says whether the test runs in a kernel with IPVS.
func needIPVS(t *testing.T) bool {
	t.Helper()
	if _, err := probe(); err != nil {
		t.Skipf("needs IPVS: %v", err)
	}
	return true
}
