// SPDX-License-Identifier: Apache-2.0

// Package views tests what an operator looks at: the status page in a browser, and the
// terminal view. It makes the pictures of them that the documentation shows.
package views
