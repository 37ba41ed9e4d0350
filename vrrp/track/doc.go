// SPDX-License-Identifier: Apache-2.0

// Package track says what the things that a virtual router tracks mean for it: whether they
// hold it in Fault, and what they add to its priority.
//
// Each kind of thing has a pure state that implements Tracker. What the states are fed with
// comes from watchers: of files by inotify, of processes by the kernel's process events.
// Scripts are run by whoever owns their state.
package track
