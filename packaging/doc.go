// SPDX-License-Identifier: Apache-2.0

// Package packaging holds the systemd unit and what the Debian packages are made of (make
// deb). Its tests install them.
package packaging
