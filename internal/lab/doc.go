// SPDX-License-Identifier: Apache-2.0

// Package lab gives test hosts: network namespaces joined by bridges, captures of what
// they say to each other, the real keepalived as a peer, and a kernel with IPVS when the
// running one has none (Debian's user-mode-linux, started as an ordinary process).
//
// Tests use it with their *testing.T. Programs (the demo, the benchmark) use it through
// Main, which gives them a TB of their own.
//
//	net := lab.NewNet(t)
//	lb1 := net.Host("lb1", "10.0.0.1/24")
//	client := net.Host("client", "10.0.0.9/24")
//	vipward := lab.StartDaemon(lb1, lab.Vipward, config)
//	vipward.WaitLine("Entering MASTER STATE", 10*time.Second)
//
// A test that needs IPVS opens with
//
//	if !lab.IPVS(t) {
//		return // it ran in the lab kernel, and t has its result
//	}
//
// Namespaces need root. Everything made is removed by t.Cleanup, and what a killed run
// left is removed by the next one.
package lab
