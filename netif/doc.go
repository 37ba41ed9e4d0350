// SPDX-License-Identifier: Apache-2.0

// Package netif is the kernel's side of a virtual address: it puts addresses on
// interfaces, announces them with gratuitous ARP and neighbour advertisements, and hears what
// happens to links and addresses, and who else claims them.
//
// What is decided is pure: Plan says which operations lead from one set of addresses to
// another, AnnounceQueue spaces announcements, and Picture keeps what the Monitor told. Addrs, Announcer and Monitor are thin
// shells over one netlink or packet socket each. None of them may be used by two
// goroutines at a time, and each lives in the network namespace of the thread that
// opened it.
package netif
