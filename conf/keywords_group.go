// SPDX-License-Identifier: Apache-2.0

package conf

// groupBlock is virtual_server_group: a list, one entry in each line.
var groupBlock = &block{
	name:  "virtual_server_group",
	named: true,
	enter: enterGroup,
}
