// SPDX-License-Identifier: Apache-2.0

//go:build race

package election

// raceFactor is by how much the race detector slows the random walk down.
const raceFactor = 10
