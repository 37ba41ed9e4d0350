// SPDX-License-Identifier: Apache-2.0

// Package checker finds out which real servers serve and keeps the kernel's
// virtual server table true to it.
//
// The decisions are pure:
//
//   - [Track] follows one check: results in, up or down and the next run out.
//   - [Quorum] follows one virtual server: the weight that is alive in, whether
//     it is enough out.
//   - [Desired] gives the table entry of a virtual server for what is known.
//
// [Run] is the child around them. One goroutine owns all of it: it keeps the
// checks in one heap by the time of their next run, starts a goroutine for each
// probe while the probe runs, and hands every change of the table to
// [vipward/ipvs.Plan]. A start adopts what is in the kernel, a reload keeps the
// verdicts of what stays, a restart after a crash takes them from the [Store].
//
// A FILE_CHECK does not run: its file is watched, and what it says goes to all
// checks that follow it ([vipward/checker/probe.Follows]). A BFD_CHECK is to follow its session by
// the same way, once there are sessions; until then it is left out with a warning.
package checker
