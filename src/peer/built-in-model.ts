/** Stands for static-384, which is always there, wherever a model is named by its id. */
export const BUILT_IN_MODEL = 'static-384'
