// SPDX-License-Identifier: Apache-2.0

// Package browser drives a headless Chromium for tests of the status page: it opens pages,
// looks at what is in them, presses keys and takes pictures.
//
// It speaks the browser's debugging protocol over a pair of pipes, so that there is no port
// to find and the browser may run on a host of the lab.
package browser
