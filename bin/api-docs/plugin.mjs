import { Converter, ReflectionKind } from 'typedoc';

export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const one of project.getReflectionsByKind(ReflectionKind.ClassOrInterface))
      for (const child of [...(one.children ?? [])]) {
        // What is inherited stands where it is declared, once.
        if (child.inheritedFrom) project.removeReflection(child);
        else asText(child.comment?.getTag('@default'));
      }
  });
}

/** A default after a dash is a sentence, as in the comments of the CDK; another one is code. */
function asText(tag) {
  if (!tag) return;
  const code = tag.content.map(({ text }) => text).join('');
  const text = code.replace(/^```ts\n([\s\S]*)\n```$/, '$1');
  tag.content = [{ kind: 'text', text: text.startsWith('- ') ? text.slice(2) : `\`${text}\`` }];
}
