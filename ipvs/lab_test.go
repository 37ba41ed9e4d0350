// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"strings"
	"testing"

	"vipward/internal/lab"
)

// TestKernel runs all tests that need a kernel with IPVS: in this kernel, or
// in the lab's when this one has none.
func TestKernel(t *testing.T) {
	if !lab.IPVS(t) {
		return
	}
	net := lab.NewNet(t)
	for name, test := range map[string]func(*testing.T, *lab.Host, Kernel){
		"any to any":   testAnyToAny,
		"forgives":     testForgives,
		"reports":      testReports,
		"foreign":      testForeign,
		"many":         testMany,
		"late answers": testLateAnswers,
		"timeouts":     testTimeouts,
		"flush":        testFlush,
		"stats":        testStats,
		"daemons":      testDaemons,
	} {
		t.Run(name, func(t *testing.T) {
			h := net.Host(strings.ReplaceAll(name, " ", ""))
			test(t, h, open(t, h))
		})
	}
}

// open gives the table of a test host, which is empty.
func open(t *testing.T, h *lab.Host) Kernel {
	t.Helper()
	var k Kernel
	err := h.Do(func() (err error) {
		k, err = Open()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}
