// SPDX-License-Identifier: Apache-2.0

// Package ipvs keeps the kernel's table of virtual services as it is wanted.
//
// A [Table] is data: the checker computes the one it wants, [Plan] compares it
// with the one that is there and gives the changes, and a [Kernel] does them.
// Start, reload, a failed server, repair and stop are the same two calls with
// another table on either side.
//
// [Open] gives the kernel's own table. It is read and written by this package:
// as many requests as possible go into one system call, and persistence
// engines, tunnels and whole weights are read back, which github.com/moby/ipvs
// cannot do. That library flushes the table and sets timeouts.
package ipvs
