// SPDX-License-Identifier: Apache-2.0

// Package notify runs what operators hook into: track scripts and notify scripts.
//
// Resolve turns a configured command into one that can be run, with keepalived's rules of
// script security. A Runner starts programs: without a shell, in a process group of their
// own, never with the realtime scheduling of the daemon. A Queue runs notify scripts: for
// each instance in order and one at a time, without anybody having to wait for them.
package notify
