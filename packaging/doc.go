// SPDX-License-Identifier: Apache-2.0

// Package packaging holds the systemd unit, the definition of a container image, what the Debian packages are made of (make deb),
// and what Prometheus and Grafana are given: alert rules and a dashboard. Its tests install
// the packages, and hold rules and dashboard against what the daemon exports.
package packaging
