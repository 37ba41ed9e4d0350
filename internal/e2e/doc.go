// SPDX-License-Identifier: Apache-2.0

// Package e2e holds tests of the built vipward from outside: real daemons on test hosts,
// judged by what clients, neighbours, the kernel and hook scripts see.
//
// The address plan is that of examples/: nodes 192.0.2.11 and .12, client .9, servers from
// .51 on, VIP .100; behind eth1 (NAT) 198.51.100.0/24.
//
// With VIPWARD_BIN naming a keepalived the same tests run against that, which shows
// whether a failure is the test's.
package e2e
