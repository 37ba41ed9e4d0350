// SPDX-License-Identifier: Apache-2.0

// Package tables holds a test: vipward and the real keepalived get the same configurations and
// the same servers, which fail and return, and ipvsadm must show the same of both after each
// step. The configurations are a matrix of all options of a virtual server, in pairs, and some
// that no matrix can hold. The results are a part of docs/interop.md.
package tables
