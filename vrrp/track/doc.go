// SPDX-License-Identifier: Apache-2.0

// Package track says what the things that a virtual router tracks mean for it: whether they
// hold it in Fault, and what they add to its priority.
package track
