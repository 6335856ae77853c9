/** Path and query of the addresses that show the app. Its screens are in the fragment, so there are just these two. */
export const shellAddresses = /^\/(index\.html)?(\?.*)?$/
