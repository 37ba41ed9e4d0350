// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// beyond is the since of keywords that keepalived does not know.
const beyond = "vipward"

// trustRows are the keywords of checks with TLS that look at the certificate of the server.
func trustRows(of func(*checkerDraft) *Trust) []keyword {
	return []keyword{
		{
			name: "verify", value: boolean, def: "off", since: beyond, doc: "the certificate must be valid, of a known authority and for the name",
			set: to(func(c *checkerDraft, on bool) { of(c).Verify = on }),
		},
		{
			name: "ca_file", value: soft(text), def: "ca of the SSL block, else those of the system", since: beyond, doc: "file of the authorities that verify knows, PEM",
			set: to(func(c *checkerDraft, file string) { of(c).CAFile = file }),
		},
		{
			name: "server_name", value: soft(text), def: "sni_name, else the host", since: beyond, doc: "name in the certificate, also sent in TLS",
			set: to(func(c *checkerDraft, name string) { of(c).Name = name }),
		},
		{
			name: "expiry_warning", value: number(0, maxExpiryDays), def: "0 (none)", since: beyond, doc: "days before the end of the certificate from which on a line warns once a day",
			set: to(func(c *checkerDraft, days int) { of(c).ExpiryWarning = time.Duration(days) * day }),
		},
	}
}

const (
	day           = 24 * time.Hour
	maxExpiryDays = math.MaxInt16
)

// grpcBlock is GRPC_CHECK.
var grpcBlock = checkerBlock("GRPC_CHECK", works, asBeyond(connectionRows, checkerRows), grpcRows, trustRows(func(c *checkerDraft) *Trust { return &grpcOf(c).Trust }))

// asBeyond are rows in a block that keepalived does not know.
func asBeyond(rows ...[]keyword) []keyword {
	all := slices.Concat(rows...)
	for i := range all {
		all[i].since = beyond
	}
	return all
}

var grpcRows = []keyword{
	{
		name: "service", value: text, def: "empty: the server as a whole", since: beyond, doc: "name of the service to ask for",
		set: to(func(c *checkerDraft, name string) { grpcOf(c).Service = name }),
	},
	{
		name: "tls", value: boolean, def: "off", since: beyond, doc: "with TLS; verify and its like need it",
		set: to(func(c *checkerDraft, on bool) { grpcOf(c).TLS = on }),
	},
}

func grpcOf(c *checkerDraft) *GRPCCheck {
	if c.grpc == nil {
		c.grpc = &GRPCCheck{}
	}
	return c.grpc
}
