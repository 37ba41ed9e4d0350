// SPDX-License-Identifier: Apache-2.0

// Package vrrp is the child process that runs the virtual routers: one loop that owns every
// instance, socket and timer, and what it needs of the kernel and of the operator's hooks.
//
// It decides nothing itself. Package election says who is master, package packet makes and
// judges adverts, package track says what scripts and other trackers mean; they are pure.
// The loop feeds them what happens and does what they answer (see loop and flush).
package vrrp
