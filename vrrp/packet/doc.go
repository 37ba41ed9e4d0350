// SPDX-License-Identifier: Apache-2.0

// Package packet makes and judges VRRP adverts (VRRPv2, RFC 3768; VRRPv3, RFC 9568) as
// keepalived sends and accepts them. It is pure: a Wire says what an instance's adverts look
// like, and gives a typed Verdict for every packet that comes in.
package packet
